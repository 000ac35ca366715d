// One's own abbreviations.

import "../../browser/abbreviations.js";
