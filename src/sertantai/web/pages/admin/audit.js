// /admin/audit: a day of the calendar by click; the table of months does the same by keyboard.

import { openDaysIn } from "../../browser/lists/calendar_days.js";

openDaysIn(document.body);
