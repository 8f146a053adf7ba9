// The list: one row per provider of the catalogue, in its order. Everything in a row comes from the catalogue and the
// owner's entry, so that a provider that is added to codebind appears here without a change.

import { html, nothing } from './lit-html.js';
import { busyButton } from './dialog.js';
import { hostOf, moment, name, outward, relative } from './format.js';
import { avatar, providerIcon, shape } from './icon.js';
import { noticeBox } from './notice.js';

const STATES = {
  bound: { word: 'state_bound', shape: 'good', look: 'good' },
  expiring: { word: 'state_expiring', shape: 'soon', look: 'soon' },
  degraded: { word: 'state_attention', shape: 'bad', look: 'soon' },
  reauthorization_required: { word: 'state_attention', shape: 'bad', look: 'bad' },
  unbound: { word: 'state_unbound', shape: 'none', look: 'none' },
  off: { word: 'state_off', shape: 'off', look: 'none' },
};

/** @param {import('./console.js').Console} c */
export function list(c) {
  if (!c.entries || !c.catalogue) {
    return c.failure ? nothing : html`<div class="providers" aria-hidden="true">${[1, 2, 3, 4].map(() => skeleton)}</div>`;
  }
  return html`<ul class="providers" role="list" aria-label=${c.t('providers')} aria-busy=${c.isLoading ? 'true' : 'false'}>
    ${c.catalogue.map((provider) => row(c, provider, c.entryOf(provider.id)))}
  </ul>`;
}

const skeleton = html`<div class="provider skeleton"><span class="bone bone-icon"></span>
  <div class="provider-head"><span class="bone bone-title"></span></div>
  <div class="provider-body"><span class="bone bone-text"></span></div></div>`;

function row(c, provider, entry) {
  const isBound = entry.state !== 'unbound';
  const state = STATES[isBound || provider.available ? entry.state : 'off'] ?? STATES.degraded;
  return html`<li class="provider" data-provider=${provider.id}>
    ${providerIcon(provider.id)}
    <div class="provider-head">
      <h2 tabindex="-1">${provider.display_name}</h2>
      <span class="state state-${state.look}">${shape(state.shape)}<span>${c.t(state.word)}</span></span>
    </div>
    <div class="provider-actions">${isBound ? boundActions(c, provider, entry) : unboundActions(c, provider)}</div>
    <div class="provider-body">${isBound ? bound(c, provider, entry) : unbound(c, provider)}</div>
  </li>`;
}

function unbound({ t }, provider) {
  if (!provider.available) {
    return html`<p class="muted">${t('offText')}</p>`;
  }
  const { push_builds: push } = provider;
  return html`<p class="muted">${t(`method_${provider.method}`, { provider: provider.display_name })}</p>
    <details class="asked">
      <summary>${t('permissions')}</summary>
      ${scopeList(t, provider.scopes)}
      <p class="small"><strong>${t('pushBuilds')}</strong> ${push.supported ? push.needs : t('noPushBuilds')}</p>
    </details>`;
}

/** What is asked for, each with its reason. */
export const scopeList = (t, scopes) =>
  html`<ul class="scopes">${scopes.map((scope) => html`<li><code>${scope.name}</code> <span>${scope.why}</span></li>`)}</ul>`;

function bound(c, provider, entry) {
  const { t } = c;
  const { account } = entry;
  return html`
    <div class="account">${avatar(account)}
      <div>${outward(account.profile_url, name(account.login))}${fullName(account)}</div>
    </div>
    ${problem(t, entry)}
    ${missing(t, entry)}
    ${c.warningsOf(provider.id).map((warning) => noticeBox(t, { kind: 'warning', text: warning.detail }))}
    <dl class="facts">${facts(t, provider, entry)}</dl>
    ${provider.organization_access_url
      ? html`<p class="small">${outward(provider.organization_access_url, t('organizations'))}</p>`
      : nothing}`;
}

/** The account's name, where it says more than its login. */
const fullName = ({ name: full, login }) =>
  full && full !== login ? html`<div class="muted"><bdi>${full}</bdi></div>` : nothing;

function facts(t, provider, entry) {
  const at = (time) => moment(time, t.language);
  const rows = [
    provider.default_address && [t('server'), outward(entry.address, hostOf(entry.address))],
    [t('boundSince'), t.rich('boundBy', { time: at(entry.bound_at), subject: entry.bound_by })],
    entry.updated_at !== entry.bound_at && [t('renewedAt'), at(entry.updated_at)],
    [t('lastVerified'), at(entry.last_verified_at)],
    entry.credential_expires_at && [t('credential'), expiry(t, entry)],
  ];
  return rows.filter(Boolean).map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`);
}

function expiry(t, { credential_expires_at: time, rotates }) {
  const date = moment(time, t.language, { withTime: false });
  if (rotates) {
    return t.rich('rotates', { date });
  }
  const when = html`${relative(time, t.language)}`;
  return t.rich(Date.parse(time) > Date.now() ? 'expires' : 'expired', { when, date });
}

function problem(t, entry) {
  if (entry.problem) {
    const { detail, since, next_action: next } = entry.problem;
    const kind = next === 'wait' ? 'info' : 'warning';
    const advice = next === 'wait' ? t('next_wait') : t('next_bind_again');
    const more = html`${t.rich('since', { time: moment(since, t.language) })} ${advice}`;
    return noticeBox(t, { kind, text: detail, more });
  }
  const isLeftToDo = entry.state === 'expiring' && !entry.rotates;
  return isLeftToDo ? noticeBox(t, { kind: 'info', text: t('next_expiring') }) : nothing;
}

function missing(t, { missing_scopes: scopes }) {
  const codes = scopes.map((it) => html`<code>${it}</code> `);
  return scopes.length > 0
    ? noticeBox(t, { kind: 'warning', title: t.rich('missingScopes', { scopes: codes }), text: t('missingScopesText') })
    : nothing;
}

function unboundActions(c, provider) {
  return provider.available ? bindButton(c, provider, c.t('bind'), 'button-primary') : nothing;
}

function boundActions(c, provider, entry) {
  const { t } = c;
  const isUrgent = entry.state !== 'bound' && entry.problem?.next_action !== 'wait';
  return html`${provider.available ? bindButton(c, provider, t('renew'), isUrgent ? 'button-primary' : '') : nothing}
    <button type="button" class="button button-quiet" data-action="unbind"
      aria-label=${t('actionAt', { action: t('unbind'), provider: provider.display_name })}
      @click=${() => c.askUnbind(provider)}>${t('unbind')}</button>`;
}

function bindButton(c, provider, text, kind) {
  const label = c.t('actionAt', { action: text, provider: provider.display_name });
  const isBusy = c.leavingFor === provider.id;
  return busyButton({ text, busyText: c.t('opening'), isBusy, kind, label, run: () => c.startBinding(provider) });
}
