// Pictures: a provider's icon, drawn from its id so that a new provider has one at once and no mark of anybody is
// copied; the shapes that stand beside a state's word; and an account's avatar. Attributes only, as the policy of the
// page allows no inline style.

import { html, nothing, svg } from './lit-html.js';
import { initial, webUrl } from './format.js';

/** FNV-1a, mixed once more: the same number for the same text everywhere. @param {string} text */
function hash(text) {
  let value = 0x811c9dc5;
  for (const letter of text) {
    value = Math.imul(value ^ letter.codePointAt(0), 0x01000193) >>> 0;
  }
  value = Math.imul(value ^ (value >>> 15), 0xc2b2ae35) >>> 0;
  return (value ^ (value >>> 13)) >>> 0;
}

/** The ways a branch can run through the icon: its path, and where its commits are. The last one is filled. */
const BRANCHES = [
  { path: 'M14 29V11M14 24c0-6 12-3 12-9', commits: [[14, 29], [14, 11], [26, 13]] },
  { path: 'M14 29V11M14 20h9', commits: [[14, 29], [14, 11], [26, 20]] },
  { path: 'M26 29V11M14 14c0 8 12 5 12 11', commits: [[26, 29], [26, 11], [14, 13]] },
  { path: 'M11 24h18M20 24V13', commits: [[11, 24], [29, 24], [20, 12]] },
  { path: 'M12 12l8 9 8-9M20 21v7', commits: [[12, 12], [28, 12], [20, 28]] },
  { path: 'M20 12v8M12 28l8-8 8 8', commits: [[12, 28], [28, 28], [20, 12]] },
  { path: 'M12 12h16v16H12z', commits: [[12, 12], [28, 12], [20, 28]] },
  { path: 'M12 28L28 12M12 14v14', commits: [[12, 13], [28, 12], [12, 28]] },
];

/** A provider's icon. @param {string} id */
export function providerIcon(id) {
  const number = hash(id);
  const ground = `hsl(${(number % 18) * 20}, 48%, 38%)`;
  const { path, commits } = BRANCHES[(number >>> 8) % BRANCHES.length];
  return html`<svg class="icon" viewBox="0 0 40 40" width="40" height="40" aria-hidden="true" focusable="false">
    <rect width="40" height="40" rx="10" fill=${ground}></rect>
    <path d=${path} fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"></path>
    ${commits.map(
      ([x, y], index) =>
        svg`<circle cx=${x} cy=${y} r="3.5" fill=${index === 2 ? '#fff' : ground} stroke="#fff" stroke-width="2.5"></circle>`,
    )}
  </svg>`;
}

const SHAPES = {
  good: svg`<circle cx="8" cy="8" r="7" fill="currentColor"/><path d="M4.8 8.2l2.2 2.2 4.2-4.6" fill="none" stroke="var(--cb-shape)" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/>`,
  soon: svg`<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.8"/><path d="M8 4.6V8l2.4 1.6" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/>`,
  bad: svg`<path d="M8 1.4l7 12.6H1z" fill="currentColor" stroke="currentColor" stroke-width="1.4" stroke-linejoin="round"/><path d="M8 5.8v4" stroke="var(--cb-shape)" stroke-width="1.8" stroke-linecap="round"/><circle cx="8" cy="12" r="1" fill="var(--cb-shape)"/>`,
  none: svg`<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="2.6 2.2"/>`,
  off: svg`<circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M5 8h6" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/>`,
  info: svg`<circle cx="8" cy="8" r="7" fill="currentColor"/><path d="M8 7.4v4" stroke="var(--cb-shape)" stroke-width="1.8" stroke-linecap="round"/><circle cx="8" cy="4.8" r="1.1" fill="var(--cb-shape)"/>`,
};

/** The shape beside a word. @param {keyof typeof SHAPES} kind */
export const shape = (kind) =>
  html`<svg class="shape" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">${SHAPES[kind]}</svg>`;

/** The account's picture over its initial, which is what stays when the picture does not load. */
export function avatar(account) {
  const url = webUrl(account.avatar_url);
  const show = (event) => (event.target.hidden = event.type === 'error');
  return html`<span class="avatar" aria-hidden="true">${initial(account.name || account.login)}${
    url ? html`<img src=${url} alt="" width="32" height="32" referrerpolicy="no-referrer" @load=${show} @error=${show}>` : nothing
  }</span>`;
}
