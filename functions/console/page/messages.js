// Every word of the page, in English and Simplified Chinese. What providers, scopes and problems are called comes from
// the API, in the same language. Names in braces are filled in, always as text.

import { name as nameElement } from './format.js';
import { local } from './storage.js';

/** The languages, as their speakers call them. */
export const LANGUAGES = { en: 'English', 'zh-CN': '简体中文' };

const WORDS = {
  title: ['Code sources', '代码源'],
  lead: ['Bind accounts of source code hosts, so that images can be built from their repositories.', '绑定代码托管平台的账号，以便使用其中的代码仓库构建镜像。'],
  language: ['Language', '语言'],
  signIn: ['Sign in', '登录'],
  signInAgain: ['Sign in again', '重新登录'],
  signOut: ['Sign out', '退出登录'],
  signedInAs: ['Signed in as {name}', '当前用户：{name}'],
  signedOutText: ['Sign in to see and change what is bound.', '请登录后查看和管理绑定的账号。'],
  signInFailed: ['The sign-in was not completed', '登录未完成'],
  signInFailedText: ['Sign in again to go on.', '请重新登录后继续。'],
  signInUnreachable: ['The sign-in service cannot be reached', '无法连接登录服务'],
  signInUnreachableText: ['Check your connection and try again.', '请检查网络连接后重试。'],
  signingIn: ['Signing in…', '正在登录…'],
  configFailed: ['The console could not be loaded', '无法加载控制台'],

  owner: ['Owner', '所有者'],
  personalEdition: ['Personal edition', '个人版'],
  enterpriseEdition: ['Enterprise edition · {region}', '企业版 · {region}'],
  ownerUnknown: ['That owner is not yours to see', '无法查看该所有者'],
  ownerUnknownText: ['The address names an owner that you may not act for. Your own bindings are shown.', '地址中的所有者不在您的权限范围内，已显示您自己的绑定。'],

  providers: ['Providers', '代码平台'],
  loading: ['Loading…', '正在加载…'],
  slow: ['This takes longer than usual. Still waiting…', '加载时间较长，请稍候…'],
  stale: ['What is shown may be out of date.', '当前显示的内容可能不是最新的。'],
  state_bound: ['Bound', '已绑定'],
  state_expiring: ['Expiring', '即将过期'],
  state_attention: ['Needs attention', '需要处理'],
  state_unbound: ['Not bound', '未绑定'],
  state_off: ['Not offered', '未开放'],
  offText: ['The operator has not set up this provider.', '运维人员尚未配置此平台。'],
  method_oauth: ['Binds by signing in at {provider}.', '通过 {provider} 授权登录绑定。'],
  method_personal_access_token: ['Binds by a personal access token.', '通过个人访问令牌绑定。'],
  permissions: ['What is asked for, and why', '所需权限及用途'],
  permission: ['{scope}: {why}', '{scope}：{why}'],
  pushBuilds: ['Builds on push', '推送时自动构建'],
  noPushBuilds: ['A push does not start builds.', '推送不会触发构建。'],

  bind: ['Bind account', '绑定账号'],
  renew: ['Renew', '续期'],
  unbind: ['Unbind', '解除绑定'],
  opening: ['Opening…', '正在跳转…'],
  actionAt: ['{action}: {provider}', '{action}：{provider}'],
  server: ['Server', '服务器'],
  boundSince: ['Bound since', '绑定时间'],
  boundBy: ['{time}, by {subject}', '{time}，操作人：{subject}'],
  renewedAt: ['Renewed', '续期时间'],
  lastVerified: ['Last verified', '最近校验'],
  credential: ['Access', '访问凭证'],
  expires: ['Expires {when}, on {date}', '{date} 过期（{when}）'],
  expired: ['Expired {when}, on {date}', '已于 {date} 过期（{when}）'],
  rotates: ['Replaced before {date}, without you', '将在 {date} 前自动轮换'],
  missingScopes: ['Missing permissions: {scopes}', '缺少权限：{scopes}'],
  missingScopesText: ['Some builds do not start without them. Renew the binding and grant them.', '缺少这些权限时部分构建无法启动。请续期并授予这些权限。'],
  organizations: ['Review organization access', '查看组织访问权限'],
  since: ['Since {time}.', '开始时间：{time}。'],
  next_bind_again: ['Renew the binding with the same account.', '请使用同一账号续期。'],
  next_wait: ['Nothing to do for now: it is checked again by itself.', '暂时无需操作，系统会自动再次检查。'],
  next_expiring: ['Renew it before it expires, so that builds go on.', '请在过期前续期，以免影响构建。'],

  bindTitle: ['Bind {provider} account', '绑定 {provider} 账号'],
  renewLead: ['Renews the binding of {login}. Enter a token of the same account.', '为 {login} 的绑定续期，请填写同一账号的令牌。'],
  createToken: ['Create a token at {host}', '前往 {host} 创建令牌'],
  tokenNeeds: ['The token needs:', '令牌需要以下权限：'],
  optional: ['optional', '选填'],
  fieldRequired: ['Fill in this field.', '请填写此项。'],
  pasteAgain: ['The token was not kept. Paste it again.', '令牌不会保留，请重新粘贴。'],
  checking: ['Checking…', '正在校验…'],
  doBind: ['Bind', '绑定'],
  cancel: ['Cancel', '取消'],
  close: ['Close', '关闭'],
  dismiss: ['Dismiss', '知道了'],
  retry: ['Retry', '重试'],
  retryAfter: ['Try again in {seconds} seconds.', '请在 {seconds} 秒后重试。'],

  boundNow: ['{provider} account {login} is bound to {owner}.', '{provider} 账号 {login} 已绑定到 {owner}。'],
  renewedNow: ['The binding of {provider} account {login} to {owner} is renewed.', '{provider} 账号 {login} 与 {owner} 的绑定已续期。'],
  notBoundAfterAll: ['Nothing is bound', '没有绑定账号'],
  notBoundAfterAllText: ['No account of {provider} is bound to {owner}. Start again if you want to bind one.', '{owner} 尚未绑定 {provider} 账号。如需绑定，请重新开始。'],

  grantTitle: ['Bind account', '绑定账号'],
  aboutToBind: ['You are about to bind {login} to {owner}', '即将把 {login} 绑定到 {owner}'],
  grantCheck: ['Go on only if this is your account and you started this yourself.', '请确认这是您自己的账号，并且由您本人发起此操作。'],
  granted: ['Granted permissions', '已授予的权限'],
  completing: ['Finishing the authorization…', '正在完成授权…'],
  interrupted: ['The binding was not finished', '绑定未完成'],
  interruptedText: ['An authorization can be finished once only, without reloading. Nothing was bound. Start again.', '授权只能完成一次，且不能刷新页面。未进行绑定，请重新开始。'],

  unbindTitle: ['Unbind {provider} account?', '解除绑定 {provider} 账号？'],
  unbindText: ['{login} will no longer be bound to {owner}.', '{login} 将不再绑定到 {owner}。'],
  unbindStops: ['Builds of {owner} from this account’s repositories stop: their source code can no longer be fetched.', '{owner} 使用该账号代码仓库的构建将停止，因为无法再获取源代码。'],
  revokeToo: ['Also revoke the token at {provider}', '同时在 {provider} 撤销令牌'],
  revokeHelp: ['It stops working wherever else you use it.', '在其他地方使用的该令牌也会失效。'],
  unbinding: ['Unbinding…', '正在解除绑定…'],
  unboundTitle: ['{provider} account unbound', '已解除绑定 {provider} 账号'],
  unboundText: ['{login} is no longer bound to {owner}.', '{login} 已与 {owner} 解除绑定。'],
  revokeAt: ['Review tokens at {host}', '前往 {host} 查看令牌'],
  alreadyUnbound: ['{provider} was unbound already.', '{provider} 此前已解除绑定。'],

  requestId: ['Request {id}', '请求 ID：{id}'],
  help: ['Help at {host}', '查看 {host} 的帮助'],
  failed_signed_out: ['Your sign-in has expired', '登录已过期'],
  failed_signed_out_text: ['Sign in again to go on. Nothing was changed.', '请重新登录后继续。未做任何更改。'],
  failed_unreachable: ['codebind cannot be reached', '无法连接服务'],
  failed_unreachable_text: ['Check your connection and try again.', '请检查网络连接后重试。'],
  failed_broken: ['The answer could not be read', '无法读取服务的响应'],
  failed_broken_text: ['Try again in a moment.', '请稍后重试。'],
  failed_busy: ['Too many requests', '请求过于频繁'],
  failed_busy_text: ['Try again in a moment.', '请稍后重试。'],
  failed_gateway: ['codebind is not available', '服务暂不可用'],
  failed_gateway_text: ['Try again in a moment. If it stays so, tell the operator.', '请稍后重试。如果问题持续，请联系运维人员。'],
  failed_refused: ['The request was refused', '请求被拒绝'],
  failed_refused_text: ['The gateway answered {status}. Tell the operator if you cannot explain it.', '网关返回 {status}。如有疑问，请联系运维人员。'],
  uncertain: ['It is not known whether this was done. The list shows what is bound now.', '无法确定操作是否完成，请以列表显示的状态为准。'],
  oddAddress: ['The address to go on at cannot be used', '跳转地址无效'],
};

/** What the browser came back with from a provider, by the API's codes. Nothing was bound with any of them. */
const RESULTS = {
  declined: ['You declined at {provider}. Nothing was bound.', '您在 {provider} 拒绝了授权，未进行绑定。'],
  scopes_missing: ['{provider} did not grant every permission. Start again and grant all of them.', '{provider} 未授予全部权限。请重新开始并授予所有权限。'],
  account_not_ready: ['{provider} wants something of your account first, such as a verified e-mail address.', '{provider} 要求先完善账号，例如验证邮箱。'],
  other_account_bound: ['Another account of {provider} is bound already. To change the account, unbind it first.', '已绑定 {provider} 的其他账号。如需更换，请先解除绑定。'],
  unbound_since: ['The account was unbound after this was started. Start again if you want to bind it.', '在此操作开始之后账号已被解除绑定。如需绑定，请重新开始。'],
  code_refused: ['The authorization is no longer good at {provider}. Start again.', '{provider} 不再接受此次授权，请重新开始。'],
  authorization_expired: ['That took too long. Start again.', '操作超时，请重新开始。'],
  authorization_used: ['This link was used already. The list shows what is bound.', '此链接已被使用，请以列表显示的状态为准。'],
  authorization_invalid: ['This was not started in this browser. Start again here.', '此操作不是在本浏览器中发起的，请在此重新开始。'],
  authorization_other_provider: ['The answer came back at the wrong place. Start again.', '授权结果返回到了错误的位置，请重新开始。'],
  registration_refused: ['{provider} refuses the operator’s application. Tell the operator; your account is fine.', '{provider} 拒绝了运维人员注册的应用。请联系运维人员，您的账号没有问题。'],
  provider_unreachable: ['{provider} could not be reached. Try again in a while.', '无法连接 {provider}，请稍后重试。'],
  provider_timeout: ['{provider} did not answer in time. Try again in a while.', '{provider} 响应超时，请稍后重试。'],
  provider_failed: ['{provider} answered with an error of its own. Try again in a while.', '{provider} 发生错误，请稍后重试。'],
  provider_limited: ['{provider} accepts no more requests for now. Try again later.', '{provider} 暂时限制了请求，请稍后再试。'],
  unavailable: ['codebind was not available for a moment. Try again.', '服务暂时不可用，请重试。'],
  misconfigured: ['codebind is misconfigured. Tell the operator.', '服务配置有误，请联系运维人员。'],
  internal: ['Something went wrong here. Try again, or tell the operator.', '服务内部错误。请重试，或联系运维人员。'],
  complete: ['The authorization cannot be finished a second time. Start again.', '授权不能重复完成，请重新开始。'],
  other: ['The binding was not made. Start again.', '未完成绑定，请重新开始。'],
};
const RESULT_TITLE = ['{provider} was not bound', '{provider} 账号未绑定'];
/** Where the address names no provider that we know. */
const NO_PROVIDER = { title: ['Nothing was bound', '未进行绑定'], name: ['The provider', '该平台'] };

/** What to speak: the choice that was made here before, else the browser's. */
export function preferredLanguage() {
  const chosen = local.get('language');
  if (chosen in LANGUAGES) {
    return chosen;
  }
  const first = navigator.languages.find((it) => /^(en|zh)\b/i.test(it));
  return /^zh/i.test(first ?? '') ? 'zh-CN' : 'en';
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => String(values[key] ?? ''));

/** The words of a language. @param {string} language */
export function words(language) {
  const index = language === 'zh-CN' ? 1 : 0;
  // A method or state that a later API knows and this page does not has no words; that is no reason to show nothing.
  const t = (key, values = {}) => fill(WORDS[key]?.[index] ?? '', values);
  /** The same as parts of a template, with each value as the element that it is or as a name. */
  t.rich = (key, values) =>
    WORDS[key][index].split(/(\{\w+\})/).map((part) => {
      const value = values[part.slice(1, -1)];
      return part.startsWith('{') ? (typeof value === 'string' ? nameElement(value) : value) : part;
    });
  /** What a result code says, and whether it is one that we know. */
  t.result = (code, provider) => {
    const known = Object.hasOwn(RESULTS, code);
    const text = fill((known ? RESULTS[code] : RESULTS.other)[index], { provider: provider ?? NO_PROVIDER.name[index] });
    const title = provider ? fill(RESULT_TITLE[index], { provider }) : NO_PROVIDER.title[index];
    return { title, text, known };
  };
  t.language = language;
  return t;
}
