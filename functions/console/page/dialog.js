// The frame of every dialog. The browser's own <dialog> keeps the focus inside, makes the rest inert and answers
// Escape; this adds that nothing closes while something is being sent, and that the focus comes back to where it was.

import { html, nothing } from './lit-html.js';

/**
 * @param {{title: string, close: () => void, isBusy?: boolean, body: unknown}} parts
 */
export function frame({ title, close, isBusy = false, body }) {
  const cancel = (event) => {
    // Escape asks first; what is being sent is not to be left without its answer.
    event.preventDefault();
    if (!isBusy) {
      close();
    }
  };
  return html`<dialog class="dialog" aria-labelledby="cb-dialog-title" aria-busy=${isBusy ? 'true' : nothing}
    @cancel=${cancel} @close=${close}>
    <h2 id="cb-dialog-title" tabindex="-1">${title}</h2>
    ${body}
  </dialog>`;
}

/** A button that says what it is doing, and keeps the focus meanwhile: a disabled one would lose it. */
export function busyButton({ text, busyText, isBusy, kind = '', type = 'button', run, label }) {
  return html`<button type=${type} class="button ${kind}" aria-disabled=${isBusy ? 'true' : nothing}
    aria-label=${label ?? nothing} @click=${(event) => (isBusy ? event.preventDefault() : run?.(event))}>
    ${isBusy ? html`<span class="spinner" aria-hidden="true"></span>` : nothing}<span>${isBusy ? busyText : text}</span>
  </button>`;
}

/** Opens what was drawn. @param {Element} root */
export function openDrawn(root) {
  const dialog = root.querySelector('dialog:not([open])');
  if (dialog) {
    dialog.showModal();
    (dialog.querySelector('[autofocus]') ?? dialog.querySelector('h2')).focus();
  }
}

/** Closes what is open, so that the browser gives the focus back. @param {Element} root */
export function closeOpen(root) {
  root.querySelector('dialog[open]')?.close();
}
