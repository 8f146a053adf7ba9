// What the page says about something that happened: one line of success, or what went wrong and what to do.
// Good news stand in the one region with role status, the rest in one with role alert.

import { html, nothing } from './lit-html.js';
import { hostOf, outward } from './format.js';
import { shape } from './icon.js';

/**
 * @typedef {{kind: 'success' | 'info' | 'warning' | 'error', title?: unknown, text?: unknown, more?: unknown,
 *   requestId?: string, helpUrl?: string, action?: {text: string, run: () => void, isOff?: boolean}}} Notice
 */

const SHAPES = { success: 'good', info: 'info', warning: 'bad', error: 'bad' };

/** A failed call as a notice. @param {import('./api.js').Failure} failure @returns {Notice} */
export function failureNotice(t, failure) {
  const facts = { kind: 'error', requestId: failure.requestId, helpUrl: failure.helpUrl };
  const wait = failure.retryAfter ? t('retryAfter', { seconds: failure.retryAfter }) : '';
  if (failure.kind === 'problem') {
    return { ...facts, title: failure.title, text: failure.detail, more: wait };
  }
  const key = `failed_${kindOf(failure)}`;
  return { ...facts, title: t(key), text: t(`${key}_text`, { status: failure.status }), more: wait };
}

function kindOf({ kind, status }) {
  if (kind !== 'gateway') {
    return kind in { signed_out: 1, unreachable: 1 } ? kind : 'broken';
  }
  return status === 429 ? 'busy' : status >= 500 ? 'gateway' : 'refused';
}

/** A notice's box. @param {Notice} notice @param {() => void} [dismiss] */
export function noticeBox(t, notice, dismiss) {
  const { kind, title, text, more, requestId, helpUrl, action } = notice;
  return html`<div class="notice notice-${kind}">
    ${shape(SHAPES[kind])}
    <div class="notice-body">
      ${title ? html`<p class="notice-title">${title}</p>` : nothing}
      ${text ? html`<p>${text}</p>` : nothing}
      ${more ? html`<p>${more}</p>` : nothing}
      ${helpUrl ? html`<p>${outward(helpUrl, t('help', { host: hostOf(helpUrl) }))}</p>` : nothing}
      ${requestId ? html`<p class="small">${t('requestId', { id: requestId })}</p>` : nothing}
    </div>
    ${action
      ? html`<button type="button" class="button" ?disabled=${action.isOff ?? false} @click=${action.run}>${action.text}</button>`
      : nothing}
    ${dismiss ? html`<button type="button" class="button button-quiet" @click=${dismiss}>${t('dismiss')}</button>` : nothing}
  </div>`;
}

/** Both regions. The one for good news is always there, as a screen reader hears only what changes in a region. */
export function noticeRegions(t, notices, dismiss, waiting) {
  const box = (notice) => noticeBox(t, notice, notice.isLasting ? undefined : () => dismiss(notice));
  const isGood = (notice) => notice.kind === 'success' || notice.kind === 'info';
  const bad = notices.filter((it) => !isGood(it));
  return html`
    <div class="notices" role="status">${notices.filter(isGood).map(box)}${
      waiting ? html`<p class="waiting">${waiting}</p>` : nothing
    }</div>
    ${bad.length ? html`<div class="notices" role="alert">${bad.map(box)}</div>` : nothing}`;
}
