// Those of an organization.

import "../../browser/abbreviations.js";
