// Which rows show something else than they did, though nobody here wished it.

/**
 * What is another state now than it was, though nobody here wished it.
 * @param {Map<string, boolean>} before @param {Map<string, boolean>} now @param {(id: string) => boolean} isWished
 */
export function jumped(before, now, isWished) {
  const ids = [...before.keys()].filter((id) => !isWished(id));
  return {
    turned: ids.filter((id) => now.has(id) && now.get(id) !== before.get(id)),
    gone: ids.filter((id) => !now.has(id) && before.get(id)),
  };
}
