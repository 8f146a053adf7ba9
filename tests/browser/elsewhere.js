// Another site, with a page of its own that embeds the console, and with the console as an operator hosts it elsewhere.
// It is on 127.0.0.1, where codebind is on localhost: to a browser that is another site, whose cookies are kept apart.

import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { scene } from './scene.js';

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json' };
const HERE = import.meta.dirname;
/** As strict as codebind's own, but for another origin that may be called. */
const POLICY = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: http:; connect-src 'self' ${scene.usual.url}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types lit-html`;

const files = { '/': join(HERE, 'embedding.html'), '/embedding.js': join(HERE, 'embedding.js'), '/framing': join(HERE, 'framing.html') };
/** The page as `cargo codebind console` writes it. */
const folders = { '/console/': scene.page, '/hosted/': scene.hosted.directory };

function fileOf(path) {
  if (files[path]) {
    return files[path];
  }
  const prefix = Object.keys(folders).find((it) => path.startsWith(it));
  return prefix && join(folders[prefix], normalize(`/${path.slice(prefix.length) || 'index.html'}`));
}

/** This site's own sign-in: a cookie with a name, for which it has tokens of codebind's issuer. */
async function tokenOf(request) {
  const person = /person=([^;]*)/.exec(request.headers.cookie ?? '')?.[1];
  const body = JSON.stringify({ sub: person, instances: [`local-1/of-${person}`] });
  return (await fetch(`${scene.usual.url}/dev/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text();
}

const server = createServer(async (request, response) => {
  const { pathname: path, searchParams: query } = new URL(request.url, scene.elsewhere);
  const send = (status, type, body, headers = {}) => response.writeHead(status, { 'content-type': type, ...headers }).end(body);
  if (path === '/alive') {
    return send(200, 'text/plain', 'yes');
  }
  if (path === '/as') {
    return send(303, 'text/plain', '', { location: '/', 'set-cookie': `person=${query.get('person')}; HttpOnly; SameSite=Lax` });
  }
  if (path === '/token') {
    return send(200, 'application/json', await tokenOf(request));
  }
  if (path === '/scene.json') {
    return send(200, 'application/json', JSON.stringify({ api: scene.usual.url }));
  }
  const file = fileOf(path);
  if (!file || !existsSync(file)) {
    return send(404, 'text/plain', 'nothing here');
  }
  const headers = { 'content-type': TYPES[extname(file)] ?? 'text/plain' };
  if (extname(file) !== '.html') {
    response.writeHead(200, headers);
    return createReadStream(file).pipe(response);
  }
  const html = (await readFile(file, 'utf8')).replace('{console}', `${scene.usual.url}/console`);
  return send(200, headers['content-type'], html, path === '/framing' ? {} : { 'content-security-policy': path.startsWith('/hosted/') ? scene.hosted.policy : POLICY });
});

server.listen(Number(new URL(scene.elsewhere).port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
