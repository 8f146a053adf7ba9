// Unbinding: asks, says which builds stop, and shows the receipt, which says what became of the token.

import { html, nothing } from './lit-html.js';
import { busyButton, frame } from './dialog.js';
import { hostOf, outward } from './format.js';
import { failureNotice, noticeBox } from './notice.js';

/** @param {import('./console.js').Console} c */
export function openUnbindDialog(c, provider) {
  const { account } = c.entryOf(provider.id);
  const dialog = { provider, login: account.login, owner: c.owner, draw: () => template(c, dialog) };
  c.openDialog(dialog);
}

function template(c, dialog) {
  const { t } = c;
  const values = { provider: dialog.provider.display_name };
  const close = () => c.closeDialog(dialog);
  return dialog.receipt
    ? frame({ title: t('unboundTitle', values), close, body: receipt(c, dialog) })
    : frame({ title: t('unbindTitle', values), close, isBusy: dialog.isBusy, body: question(c, dialog) });
}

function question(c, dialog) {
  const { t } = c;
  const { provider, owner, login, isBusy, failure } = dialog;
  return html`<form class="form" @submit=${(event) => submit(c, dialog, event)}>
    <p>${t.rich('unbindText', { login, owner: owner.name })}</p>
    <p>${t.rich('unbindStops', { owner: owner.name })}</p>
    ${asksForRevocation(provider)
      ? html`<fieldset class="fields" ?disabled=${isBusy}><div class="field field-check">
          <input type="checkbox" id="cb-revoke" name="revoke" aria-describedby="cb-revoke-help">
          <label for="cb-revoke">${t('revokeToo', { provider: provider.display_name })}</label>
          <p class="help" id="cb-revoke-help">${t('revokeHelp')}</p>
        </div></fieldset>`
      : nothing}
    ${failure ? html`<div role="alert">${noticeBox(t, c.withSignIn(failureNotice(t, failure), failure))}</div>` : nothing}
    <div class="dialog-actions">
      <button type="button" class="button" autofocus aria-disabled=${isBusy ? 'true' : nothing}
        @click=${() => isBusy || c.closeDialog(dialog)}>${t('cancel')}</button>
      ${busyButton({ type: 'submit', kind: 'button-danger', text: t('unbind'), busyText: t('unbinding'), isBusy })}
    </div>
  </form>`;
}

/** A token that the person made is theirs to keep; one that codebind was given by OAuth is revoked in any case. */
const asksForRevocation = (provider) => provider.revocable === true && provider.method !== 'oauth';

function receipt(c, dialog) {
  const { t } = c;
  const { receipt: { detail, revocation_url: url }, login, owner } = dialog;
  return html`<div role="status">
      <p>${t.rich('unboundText', { login, owner: owner.name })}</p>
      <p>${detail}</p>
      ${url ? html`<p>${outward(url, t('revokeAt', { host: hostOf(url) }))}</p>` : nothing}
    </div>
    <div class="dialog-actions">
      <button type="button" class="button button-primary" @click=${() => c.closeDialog(dialog)}>${t('close')}</button>
    </div>`;
}

async function submit(c, dialog, event) {
  event.preventDefault();
  if (dialog.isBusy) {
    return;
  }
  const { provider, owner } = dialog;
  const isToRevoke = event.target.elements.revoke?.checked ?? false;
  Object.assign(dialog, { isBusy: true, failure: undefined });
  c.draw();
  try {
    const answer = await c.api.unbind(owner.path, provider.id, isToRevoke);
    Object.assign(dialog, { isBusy: false, receipt: answer });
    c.setWarnings(owner.path, provider.id, []);
    show(c, dialog);
  } catch (failure) {
    refused(c, dialog, failure);
  }
  await c.load();
}

/** The receipt is shown where the question was; if that was closed meanwhile, as a line. */
function show(c, dialog) {
  if (c.dialog === dialog) {
    c.draw();
    return;
  }
  const { receipt: { detail }, login, owner } = dialog;
  c.notify({ kind: 'success', text: c.t.rich('unboundText', { login, owner: owner.name }), more: detail });
}

function refused(c, dialog, failure) {
  dialog.isBusy = false;
  if (failure.code === 'not_bound') {
    c.closeDialog(dialog);
    c.notify({ kind: 'info', text: c.t('alreadyUnbound', { provider: dialog.provider.display_name }) });
    return;
  }
  if (c.dialog !== dialog) {
    c.failed(failure);
    return;
  }
  dialog.failure = failure;
  c.draw();
}
