// How times, links and names are written. Everything here gets what a provider or a server said, so nothing of it is
// trusted: a link is http or https or none, and a name stands isolated so that its letters cannot turn the sentence.

import { html } from './lit-html.js';

const STEPS = /** @type {const} */ ([
  ['minute', 60_000, 60],
  ['hour', 3_600_000, 36],
  ['day', 86_400_000, 60],
  ['month', 2_629_746_000, 24],
  ['year', 31_556_952_000, Infinity],
]);

/** A moment in words, seen from now: "in 3 days". @param {string} time @param {string} language */
export function relative(time, language) {
  const distance = Date.parse(time) - Date.now();
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  if (Math.abs(distance) < 60_000) {
    return format.format(0, 'second');
  }
  const [unit, size] = STEPS.find(([, size, most]) => Math.abs(distance) < size * most);
  return format.format(Math.round(distance / size), unit);
}

/** A moment as an element: words, and the exact time for whoever points at it. */
export function moment(time, language, style = {}) {
  const date = new Date(time);
  const options = style.withTime === false ? { dateStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'short' };
  const text = new Intl.DateTimeFormat(language, options).format(date);
  const exact = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' }).format(date);
  return html`<time datetime=${time} title=${exact}>${text}</time>`;
}

/** The URL if it may be linked to, else null. @param {string | null | undefined} text */
export function webUrl(text) {
  const url = text ? URL.parse?.(text) ?? parse(text) : null;
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : null;
}

function parse(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** A link that leaves the page: in a tab of its own, and without telling from where. */
export function outward(url, text) {
  const href = webUrl(url);
  return href ? html`<a class="outward" href=${href} target="_blank" rel="noreferrer noopener">${text}</a>` : text;
}

/** A name that somebody chose. @param {string} text */
export const name = (text) => html`<bdi class="name">${text}</bdi>`;

/** Its first letter. @param {string} text */
export const initial = (text) => Array.from(text.trim())[0]?.toLocaleUpperCase() ?? '?';

/** The host of an address, or the address. @param {string} address */
export const hostOf = (address) => parse(address)?.host ?? address;
