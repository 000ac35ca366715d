// What the type checker must know of these pages beside the browser itself.

/**
 * What a selector finds in our own pages. Which kind of element it is, the selector says and not the type; so
 * this has what the kinds that scripts use have, and a misspelt property is still found. That something is found
 * at all the template says; where a page may be without it, the script asks.
 */
interface Found extends HTMLElement {
  /** A template writes what a script reads. */
  readonly dataset: { [name: string]: string };
  checked: boolean;
  defaultChecked: boolean;
  defaultSelected: boolean;
  defaultValue: string;
  disabled: boolean;
  indeterminate: boolean;
  open: boolean;
  required: boolean;
  readOnly: boolean;
  selected: boolean;
  name: string;
  type: string;
  value: string;
  placeholder: string;
  href: string;
  action: string;
  method: string;
  content: DocumentFragment & string;
  form: Found;
  files: FileList;
  options: HTMLOptionsCollection;
  returnValue: string;
  showModal(): void;
  show(): void;
  close(returnValue?: string): void;
  select(): void;
  submit(): void;
  requestSubmit(): void;
  reset(): void;
  setCustomValidity(error: string): void;
  checkValidity(): boolean;
  reportValidity(): boolean;
  readonly validity: ValidityState;
  readonly validationMessage: string;
  elements: any;
  selectedOptions: HTMLCollectionOf<HTMLOptionElement>;
  dateTime: string;
  pathname: string;
  search: string;
  width: any;
  setSelectionRange(start: number, end: number): void;
}

interface ParentNode {
  querySelector(selectors: string): Found;
  querySelectorAll(selectors: string): NodeListOf<Found>;
}
interface Element {
  closest(selectors: string): Found;
}
interface DocumentFragment {
  querySelector(selectors: string): Found;
}
interface Document {
  querySelector(selectors: string): Found;
  getElementById(id: string): Found;
}

/** Events of pages come from elements, or from the document and the window, of which nobody asks this. */
interface EventTarget {
  closest(selectors: string): Found;
}
/** What of our own is told by events carries what happened. */
interface Event {
  readonly detail?: any;
}

interface Window {
  /** theme.js */
  sertantaiTheme: { choose(choice: string): void; choice(): string };
}
