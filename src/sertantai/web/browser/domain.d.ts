// What the server and these pages speak of, each stated once. For the type checker: nothing of this runs.

/** A law of the register, as far as scripts show it. */
export interface Law {
  id: string;
  name: string;
  title_en: string | null;
  year: number | null;
  number: string | null;
  type_code: string | null;
}

/** A law for a list, with what is written to it there. */
export interface ImportItem {
  record_id: string;
  note?: string;
  tags?: string[];
  /** As the file has it: a name or an address, and a day. */
  responsible?: string;
  review_on?: string;
}

/** Part of an import: laws, and lines of its report, which all parts of it with the same id share. */
export interface ImportPart {
  items: ImportItem[];
  report?: ReportLine[];
  import_id?: string;
}

/** A line that was brought, and what became of it, in the words of the API. */
export interface ReportLine {
  line: number;
  text: string;
  outcome: "imported" | "repeated" | "ambiguous" | "missing" | "left_out";
  record_id?: string;
  reason?: string;
}

/** A list of laws. */
export interface List {
  id: string;
  name: string;
  count: number;
  version: number;
  metadata: Record<string, any>;
}

/** What a list is made with, or given later: `filter` makes it a smart list, `frozen` one that asks first. */
export interface ListFields {
  name?: string;
  description?: string;
  metadata?: Record<string, unknown>;
  filter?: LawFilter;
  frozen?: boolean;
}

/** Another list, that laws are copied or moved into. */
export interface Target {
  id: string;
  name: string;
  move?: boolean;
}

/** A filter of the register: by field, one value or several; `selected` looks at what is ticked. */
export type LawFilter = Record<string, string | number | boolean | (string | number)[]>;

/** A view of the register or of a list, as it is shown. */
export interface ShownView {
  filter: LawFilter;
  sort: string;
  page: number;
  pages: number;
}

/** A view with a name. */
export interface SavedView {
  id: string;
  name: string;
  query: string;
  columns: string | null;
}

/** Who answers for laws, and when they are reviewed; null: nobody, never. What is left out stays. */
export interface Said {
  responsible?: string | null;
  review_on?: string | null;
}

/** Which laws something is done to: these, or what matches a filter, refused unless it is as many as was shown. */
export interface Which {
  record_ids?: string[];
  filter?: LawFilter;
  expected_count?: number;
}

/** Where in a list: before or after another law of it, else first. */
export interface Where {
  before?: string;
  after?: string;
}

/** What was done to the laws of a list: `changed` of them, the others were so already; and the list as it is by now. */
export interface Done {
  operation_id: string;
  changed: number;
  unchanged: number;
  version: number;
  count: number;
  list?: string;
  /** Of an import: its report, where that was kept, and else why it was not. */
  import_id?: string | null;
  told?: string | null;
  /** Laws that came without who is responsible, or a review date, that the file names. */
  unresolved?: { record_id: string; told: string[] }[];
}

/**
 * How lists are combined, and where the result goes: into a new list, or into one that there is, in a `mode`. With
 * `preview` nothing is saved.
 */
export interface Combining {
  expression: { op: string; of: string[] };
  save_as?: string;
  organization?: string;
  save_into?: string;
  mode?: string;
  preview?: boolean;
  expected_count?: number;
}

/** What came of it: how many there are, in each list too, and the first; and what was saved, or would be. */
export interface Combined {
  count: number;
  counts: Record<string, number>;
  sample: Law[];
  would_add?: number;
  would_remove?: number;
  saved: Saved | null;
}

/** What a combination was saved into; no operation, where that held exactly these laws already. */
export interface Saved {
  group: string;
  operation_id: string | null;
  version: number;
  count: number;
}

/** What the palette offers. */
export interface Command {
  sign: string;
  label: string;
  run: () => unknown;
}

/** A table that somebody brings, as the server reads it: a sheet, a copied table, a text. */
export interface BroughtTable {
  name: string;
  rows: { line: number; cells: string[]; links?: Record<string, string> }[];
  told: string[];
}

/** All tables of a file or a text, and a sentence for each thing that they do not show. */
export interface Brought {
  kind: string;
  tables: BroughtTable[];
  told: string[];
}

/** What the columns of a table are for; `heading`: the row of headings, from 0; `unmapped`: what becomes of the others. */
export interface ColumnsMapped {
  sheet: number;
  heading: number | null;
  roles: string[];
  unmapped: "note" | "out";
}

/** A row of a table, for the server to match. */
export interface TableRow {
  line: number;
  law: string[];
  reference: string[];
  note: string;
  tags: string[];
  responsible?: string;
  review_on?: string;
}

/** A line of an import, and the laws that it may mean, each with its reason. `told`: what was changed to fit. */
export interface MatchedLine {
  key: number;
  line: number;
  text: string;
  found: "matched" | "ambiguous" | "missing";
  candidates: Law[];
  possible: number;
  reasons: string[];
  told: string[];
  annotation: { note?: string; tags?: string[]; responsible?: string; review_on?: string } | null;
}
