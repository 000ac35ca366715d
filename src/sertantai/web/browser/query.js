// What addresses say: read and written here and nowhere else. The server's half is web/query.py.

/** Names that other people's links carry to follow their readers: passed over, and written into no address. */
const TRACKING = /^(utm_.+|_ga|_gl|dclid|fbclid|gad_source|gbraid|gclid|igshid|mc_cid|mc_eid|msclkid|twclid|wbraid|yclid)$/;

/**
 * What an address asks for.
 * @param {string} href
 * @returns {URLSearchParams}
 */
export function queryOf(href) {
  const query = new URL(href, location.href).searchParams;
  const passedOver = [...query.keys()].filter((name) => TRACKING.test(name));
  for (const name of passedOver) query.delete(name);
  return query;
}

/**
 * The address of `href` with `stated` in place of what it says under the same names; what is empty is left out.
 * @param {string} href
 * @param {[string, string | null][]} stated
 * @returns {string}
 */
export function address(href, stated) {
  const query = queryOf(href);
  for (const [name] of stated) query.delete(name);
  for (const [name, value] of stated) if (value) query.append(name, value);
  const { pathname } = new URL(href, location.href);
  return query.size ? `${pathname}?${query}` : pathname;
}
