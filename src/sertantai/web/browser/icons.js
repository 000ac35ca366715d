// Icons for what scripts build; templates use the macro `icon`.

const SVG = "http://www.w3.org/2000/svg";

/** An `<svg>` of the sprite's symbol `name`, hidden from screen readers. @param {string} name */
export function icon(name, className = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon ${className}`.trim());
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

/** Show another symbol in an icon that is there already. @param {Found} svg @param {string} name */
export function setIcon(svg, name) {
  svg?.querySelector("use")?.setAttribute("href", `${document.body.dataset.icons}#${name}`);
}
