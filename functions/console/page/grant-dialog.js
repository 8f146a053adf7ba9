// The last step of an authorization that the console completes: whose account it is, and for which owner. The
// completion secret has left the address and the storage before it is sent; the grant that it is redeemed for lives in
// memory alone, so that a reload ends it. A mark in sessionStorage says that there was one, to tell the person so.

import { html, nothing } from './lit-html.js';
import { busyButton, frame } from './dialog.js';
import { name } from './format.js';
import { avatar, providerIcon } from './icon.js';
import { failureNotice, noticeBox } from './notice.js';
import { ownerSelect } from './owners.js';
import { session } from './storage.js';

const MARK = 'grant';

/** Whether a grant was lost by a reload; asks once. */
export function takeLostGrant() {
  const isLost = session.get(MARK) !== null;
  session.remove(MARK);
  return isLost;
}

/** @param {import('./console.js').Console} c @param {string} secret */
export async function redeem(c, secret) {
  session.set(MARK, 'open');
  c.wait(c.t('completing'));
  try {
    const grant = await c.api.redeem(secret);
    const provider = c.providerOf(grant.provider);
    const dialog = { grant, provider, path: c.owner.path, closed: () => session.remove(MARK) };
    dialog.draw = () => template(c, dialog);
    c.wait(null);
    c.openDialog(dialog);
  } catch (failure) {
    session.remove(MARK);
    c.wait(null);
    c.failed(failure);
  }
}

function template(c, dialog) {
  const { t } = c;
  const { grant, provider, path, failure, isBusy } = dialog;
  const owner = c.owners.find((it) => it.path === path) ?? c.owner;
  const { account } = grant;
  const choose = (chosen) => {
    dialog.path = chosen;
    c.draw();
  };
  const body = html`<form class="form" @submit=${(event) => submit(c, dialog, owner, event)}>
    <p class="about">${t.rich('aboutToBind', { login: account.login, owner: owner.name })}</p>
    <div class="account account-card">${providerIcon(grant.provider)}${avatar(account)}
      <div>${name(account.login)}<div class="muted">${provider.display_name}${
        account.name && account.name !== account.login ? html` · <bdi>${account.name}</bdi>` : nothing
      }</div></div>
    </div>
    <p class="muted">${t('grantCheck')}</p>
    ${ownerSelect({ t, id: 'cb-grant-owner', owners: c.owners, chosen: owner.path, isOff: isBusy, choose })}
    <p class="small">${t('granted')}: ${grant.scopes.map((it) => html`<code>${it}</code> `)}</p>
    ${failure ? html`<div role="alert">${noticeBox(t, c.withSignIn(failureNotice(t, failure), failure))}</div>` : nothing}
    <div class="dialog-actions">
      <button type="button" class="button" aria-disabled=${isBusy ? 'true' : nothing}
        @click=${() => isBusy || c.closeDialog(dialog)}>${t('cancel')}</button>
      ${busyButton({ type: 'submit', kind: 'button-primary', text: t('doBind'), busyText: t('checking'), isBusy })}
    </div>
  </form>`;
  return frame({ title: t('grantTitle'), close: () => c.closeDialog(dialog), isBusy, body });
}

async function submit(c, dialog, owner, event) {
  event.preventDefault();
  if (dialog.isBusy) {
    return;
  }
  Object.assign(dialog, { isBusy: true, failure: undefined });
  c.draw();
  try {
    await c.bind(dialog, owner, dialog.provider, { grant: dialog.grant.grant });
  } catch (failure) {
    Object.assign(dialog, { isBusy: false, failure });
    c.draw();
    if (c.dialog !== dialog) {
      c.failed(failure);
    }
  }
}
