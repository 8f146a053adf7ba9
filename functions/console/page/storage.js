// The browser's storage, for the few things that outlive a page load. A browser may forbid storage altogether; then
// nothing is remembered and everything else works. No token of any kind is ever put here (see README.md).

const PREFIX = 'codebind.';

/** @param {Storage} storage */
const of = (storage) => ({
  /** @param {string} name @returns {string | null} */
  get: (name) => attempt(() => storage().getItem(PREFIX + name)),
  /** @param {string} name @param {string} value */
  set: (name, value) => attempt(() => storage().setItem(PREFIX + name, value)),
  /** @param {string} name */
  remove: (name) => attempt(() => storage().removeItem(PREFIX + name)),
  /** @param {string} start @returns {string[]} the names that begin so */
  names: (start) =>
    attempt(() => Object.keys(storage()).filter((it) => it.startsWith(PREFIX + start)).map((it) => it.slice(PREFIX.length))) ?? [],
});

function attempt(action) {
  try {
    return action();
  } catch {
    return null;
  }
}

/** Ends with the tab. */
export const session = of(() => window.sessionStorage);
/** Stays: the chosen language alone. */
export const local = of(() => window.localStorage);
