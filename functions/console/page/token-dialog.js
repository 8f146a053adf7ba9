// Binding by token: a form drawn from the catalogue's fields. The token is taken out of its field in the moment it is
// sent, and the field stays empty afterwards, also when the binding fails. A verdict stands at the field it is about.

import { html, nothing } from './lit-html.js';
import { busyButton, frame } from './dialog.js';
import { hostOf, outward, webUrl } from './format.js';
import { scopeList } from './list.js';
import { failureNotice, noticeBox } from './notice.js';

/** The types that are shown as they are; anything else is kept from the screen, as it may be a secret. */
const OPEN_TYPES = { text: 'text', address: 'url' };

/** @param {import('./console.js').Console} c */
export function openTokenDialog(c, provider) {
  const entry = c.entryOf(provider.id);
  const dialog = { provider, entry, address: entry.address ?? provider.default_address };
  dialog.draw = () => template(c, dialog);
  dialog.follow = (address) => {
    dialog.address = address;
    c.draw();
  };
  c.openDialog(dialog);
}

const isSecret = (field) => field.type !== 'boolean' && !(field.type in OPEN_TYPES);

function template(c, dialog) {
  const { t } = c;
  const { provider, entry, failure, isBusy } = dialog;
  const values = { provider: provider.display_name };
  const isAtField = failure && errorOf(dialog, failure.field);
  const body = html`<form class="form" novalidate autocomplete="off" @submit=${(event) => submit(c, dialog, event)}>
    ${entry.account ? html`<p class="muted">${t.rich('renewLead', { login: entry.account.login })}</p>` : nothing}
    <div class="needs">
      <p>${tokenLink(t, dialog)}</p>
      <p class="small">${t('tokenNeeds')}</p>
      ${scopeList(t, provider.scopes)}
    </div>
    <fieldset class="fields" ?disabled=${isBusy}>
      ${provider.fields.map((field, index) => fieldRow(c, dialog, field, index === 0))}
    </fieldset>
    ${failure && !isAtField ? html`<div role="alert">${noticeBox(t, c.withSignIn(failureNotice(t, failure), failure))}</div>` : nothing}
    <div class="dialog-actions">
      <button type="button" class="button" aria-disabled=${isBusy ? 'true' : nothing}
        @click=${() => isBusy || c.closeDialog(dialog)}>${t('cancel')}</button>
      ${busyButton({ type: 'submit', kind: 'button-primary', text: t('doBind'), busyText: t('checking'), isBusy })}
    </div>
  </form>`;
  return frame({ title: t('bindTitle', values), close: () => c.closeDialog(dialog), isBusy, body });
}

/** Where tokens are made: at the server that was entered, if it is another one than the catalogue's. */
function tokenLink(t, { provider, address }) {
  const { credential_url: url, default_address: usual } = provider;
  const base = usual && webUrl(address) && url.startsWith(usual) ? address.trim().replace(/\/+$/, '') : usual;
  const link = base ? base + url.slice(usual.length) : url;
  return outward(link, t('createToken', { host: hostOf(link) }));
}

function errorOf({ provider, failure, empty = [] }, name) {
  if (empty.includes(name)) {
    return { isEmpty: true };
  }
  const isHere = name && failure?.field === name && provider.fields.some((it) => it.name === name);
  return isHere ? failure : null;
}

function fieldRow(c, dialog, field, isFirst) {
  const { t } = c;
  const id = `cb-field-${field.name}`;
  const error = errorOf(dialog, field.name);
  const describedBy = [error && `${id}-error`, `${id}-help`].filter(Boolean).join(' ');
  const optional = field.required || field.type === 'boolean' ? nothing : html` <span class="muted">(${t('optional')})</span>`;
  const label = html`<label for=${id}>${field.label}${optional}</label>`;
  const input = inputOf(dialog, field, { id, describedBy, isInvalid: Boolean(error), isFirst });
  return html`<div class="field ${field.type === 'boolean' ? 'field-check' : ''}">
    ${field.type === 'boolean' ? html`${input}${label}` : html`${label}${input}`}
    ${error ? html`<div class="field-error" id="${id}-error">${errorText(t, error)}</div>` : nothing}
    <p class="help" id="${id}-help">${field.help}${
      isSecret(field) && dialog.wasSent ? html` <strong>${t('pasteAgain')}</strong>` : nothing
    }</p>
  </div>`;
}

function errorText(t, error) {
  if (error.isEmpty) {
    return t('fieldRequired');
  }
  const { title, detail, helpUrl, requestId } = error;
  return html`<strong>${title}</strong> ${detail}
    ${helpUrl ? outward(helpUrl, t('help', { host: hostOf(helpUrl) })) : nothing}
    <span class="small">${t('requestId', { id: requestId })}</span>`;
}

function inputOf(dialog, field, { id, describedBy, isInvalid, isFirst }) {
  const invalid = isInvalid ? 'true' : nothing;
  if (field.type === 'boolean') {
    // A renewal keeps what was chosen before, where the entry tells it.
    const isOn = field.name === 'rotate' && dialog.entry.rotates === true;
    return html`<input type="checkbox" id=${id} name=${field.name} ?checked=${isOn} aria-describedby=${describedBy}
      aria-invalid=${invalid}>`;
  }
  const isAddress = field.type === 'address';
  const follow = isAddress ? (event) => dialog.follow(event.target.value) : nothing;
  return html`<input id=${id} name=${field.name} type=${OPEN_TYPES[field.type] ?? 'password'} autocomplete="off" autocapitalize="off"
    autocorrect="off" spellcheck="false" ?required=${field.required} ?autofocus=${isFirst} aria-describedby=${describedBy}
    aria-invalid=${invalid} value=${(isAddress && dialog.entry.address) || nothing}
    placeholder=${(isAddress && dialog.provider.default_address) || nothing} @change=${follow}>`;
}

/** Reads the form; secrets leave the page's document with it. */
function takeBody(form, fields) {
  const body = {};
  for (const field of fields) {
    const input = form.elements[field.name];
    const value = field.type === 'boolean' ? input.checked : input.value.trim();
    if (value !== '' && (value !== false || field.required)) {
      body[field.name] = value;
    }
  }
  return body;
}

function emptySecrets(form, fields) {
  fields.filter(isSecret).forEach((field) => (form.elements[field.name].value = ''));
}

async function submit(c, dialog, event) {
  event.preventDefault();
  const form = event.target;
  const { fields } = dialog.provider;
  if (dialog.isBusy) {
    return;
  }
  const body = takeBody(form, fields);
  dialog.empty = fields.filter((it) => it.required && !(it.name in body)).map((it) => it.name);
  dialog.failure = undefined;
  if (dialog.empty.length > 0) {
    c.draw();
    form.elements[dialog.empty[0]].focus();
    return;
  }
  emptySecrets(form, fields);
  Object.assign(dialog, { isBusy: true, wasSent: true });
  c.draw();
  // The fields are off now, and with them the one that had the focus.
  form.querySelector('[type=submit]').focus();
  try {
    await c.bind(dialog, c.owner, dialog.provider, body);
  } catch (failure) {
    Object.assign(dialog, { isBusy: false, failure });
    c.draw();
    if (c.dialog === dialog) {
      form.elements[failure.field]?.focus();
    } else {
      c.failed(failure);
    }
  }
}
