// That the provider, its API and the browser do what the tests rely on: every flow, every refusal.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const EVERYTHING = 'openid offline_access api:read api:write';

const start = async (env = {}) => {
  const child = spawn(process.execPath, [here('provider.mjs')], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += chunk));
  await new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      if (stdout.includes('\n')) resolve();
    });
    child.once('exit', (status) => reject(new Error(`ended with ${status}: ${stderr}`)));
  });
  const said = JSON.parse(stdout);
  const stop = async () => {
    const ended = once(child, 'exit');
    child.stdin.end();
    const [status] = await ended;
    return { status, stdout, stderr };
  };
  return { ...said, stop };
};

// A provider for most tests, and one whose tokens last two seconds.
let provider;
let brief;
before(async () => {
  [provider, brief] = await Promise.all([start(), start({ OIDC_ACCESS_TTL: '2', OIDC_DEVICE_INTERVAL: '1' })]);
});
after(async () => {
  for (const { stop } of [provider, brief]) {
    const { status, stdout, stderr } = await stop();
    assert.equal(status, 0);
    assert.match(stdout, /^\{"issuer":"http:\/\/127\.0\.0\.1:\d+","port":\d+\}\n$/, 'one line and no more');
    assert.doesNotMatch(stderr, /Error/);
  }
});

const basic = (id, secret) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` });

const post = async (url, fields, headers = {}) => {
  const response = await fetch(url, { method: 'POST', headers, body: new URLSearchParams(fields) });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, json };
};
const token = (fields, headers, at = provider) => post(`${at.issuer}/token`, fields, headers);
const refreshed = (refresh_token, more = {}, at = provider) =>
  token({ grant_type: 'refresh_token', client_id: 'cli', refresh_token, ...more }, {}, at);
const control = (path, fields = {}, at = provider) => post(`${at.issuer}/test/${path}`, fields);
const counts = async (at = provider) => (await fetch(`${at.issuer}/test/counts`)).json();
const refused = async (at = provider) => (await fetch(`${at.issuer}/test/refused`)).json();

const api = async (path, bearer, at = provider) => {
  const response = await fetch(`${at.issuer}/api/${path}`, { headers: bearer ? { authorization: `Bearer ${bearer}` } : {} });
  const challenge = response.headers.get('www-authenticate');
  return { status: response.status, challenge, headers: response.headers, json: await response.json() };
};

const good = ({ status, json, text }) => {
  assert.equal(status, 200, text);
  assert.equal(json.token_type, 'Bearer');
  return json;
};

const bad = ({ status, json, text }, expected, error, description) => {
  assert.equal(status, expected, text);
  assert.equal(json.error, error, text);
  if (description) assert.equal(json.error_description, description);
};

const browse = async (words, env = {}) => {
  const child = spawn(here('browser.sh'), words, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const [status] = await once(child, 'close');
  return { status, said };
};

// What the program's own listener was called with, and how to exchange it.
const authorize = async (parameters, { env, at = provider, drop = [] } = {}) => {
  const called = [];
  const listener = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1');
    called.push(url);
    // A program may answer a refusal with a status of its own: that is not the browser's failure.
    response.statusCode = url.searchParams.has('error') ? 400 : 200;
    response.end('you may close this');
  });
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const redirect_uri = `http://127.0.0.1:${listener.address().port}/callback`;
  const code_verifier = randomBytes(32).toString('base64url');
  const url = new URL(`${at.issuer}/auth`);
  const sent = {
    client_id: 'cli',
    response_type: 'code',
    redirect_uri,
    state: 'a state & more',
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...parameters,
  };
  for (const name of drop) delete sent[name];
  url.search = new URLSearchParams(sent);
  const ran = await browse([url.href], env);
  listener.closeAllConnections();
  await new Promise((resolve) => listener.close(resolve));
  const answer = Object.fromEntries(called[0]?.searchParams ?? []);
  const exchange = (more = {}) =>
    token({ grant_type: 'authorization_code', client_id: 'cli', code: answer.code, redirect_uri, code_verifier, ...more }, {}, at);
  return { ...ran, called, answer, exchange };
};

const login = async (scope = EVERYTHING, at = provider) => {
  const asked = await authorize({ scope, prompt: 'consent' }, { at });
  assert.equal(asked.status, 0, asked.said);
  return good(await asked.exchange());
};

test('discovery lists what there is', async () => {
  const said = await (await fetch(`${provider.issuer}/.well-known/openid-configuration`)).json();
  assert.equal(said.issuer, provider.issuer);
  assert.equal(said.device_authorization_endpoint, `${provider.issuer}/device/auth`);
  assert.equal(said.authorization_endpoint, `${provider.issuer}/auth`);
  assert.equal(said.token_endpoint, `${provider.issuer}/token`);
  assert.equal(said.revocation_endpoint, `${provider.issuer}/token/revocation`);
  assert.deepEqual(said.code_challenge_methods_supported, ['S256']);
  for (const scope of EVERYTHING.split(' ')) assert.ok(said.scopes_supported.includes(scope), scope);
  for (const type of ['authorization_code', 'refresh_token', 'client_credentials', 'password', DEVICE]) {
    assert.ok(said.grant_types_supported.includes(type), type);
  }
});

test('the document has the endpoints that discovery lists', async () => {
  const text = (await readFile(here('openapi.yaml'), 'utf8')).replaceAll('PORT', provider.port);
  const said = await (await fetch(`${provider.issuer}/.well-known/openid-configuration`)).json();
  for (const name of ['authorization_endpoint', 'token_endpoint', 'device_authorization_endpoint']) {
    assert.ok(text.includes(`Url: ${said[name]}\n`), name);
  }
  const [, discovery] = text.match(/openIdConnectUrl: (.*)/);
  assert.equal((await fetch(discovery)).status, 200);
});

test('a person logs in with a code and PKCE', async () => {
  const asked = await authorize({ scope: EVERYTHING, prompt: 'consent', nonce: 'n-1' });
  assert.equal(asked.status, 0, asked.said);
  assert.equal(asked.said, '');
  assert.equal(asked.called.length, 1);
  assert.equal(asked.answer.state, 'a state & more');
  assert.equal(asked.answer.iss, provider.issuer);
  const before = await counts();
  const got = good(await asked.exchange());
  assert.equal(got.expires_in, 3600);
  assert.equal(got.scope, EVERYTHING);
  assert.ok(got.refresh_token);
  const claims = JSON.parse(Buffer.from(got.id_token.split('.')[1], 'base64url'));
  assert.deepEqual([claims.sub, claims.aud, claims.iss, claims.nonce], ['alice', 'cli', provider.issuer, 'n-1']);
  assert.equal((await counts()).authorization_code, before.authorization_code + 1);
  assert.deepEqual((await api('me', got.access_token)).json, { sub: 'alice', scope: EVERYTHING, client_id: 'cli' });
  assert.equal((await api('write', got.access_token)).status, 200);
  // A code is for once, and who sends it again ends all that came of it.
  bad(await asked.exchange(), 400, 'invalid_grant', 'grant request is invalid');
  assert.equal((await api('me', got.access_token)).status, 401);
  bad(await refreshed(got.refresh_token), 400, 'invalid_grant');
  assert.equal((await counts()).authorization_code, before.authorization_code + 1);
});

test('without prompt=consent there is no refresh token, and offline_access is left out without a word', async () => {
  const got = good(await (await authorize({ scope: EVERYTHING })).exchange());
  assert.equal(got.refresh_token, undefined);
  assert.equal(got.scope, 'openid api:read api:write');
  assert.equal((await api('me', got.access_token)).status, 200);
});

test('a scope that nobody knows is left out', async () => {
  const got = await login('openid api:read nonsense');
  assert.equal(got.scope, 'openid api:read');
  const write = await api('write', got.access_token);
  assert.equal(write.status, 403);
  assert.equal(write.challenge, 'Bearer error="insufficient_scope", scope="api:write"');
});

test('without openid there is no ID token', async () => {
  const got = await login('offline_access api:read');
  assert.equal(got.id_token, undefined);
  assert.ok(got.refresh_token);
});

test('a wrong verifier, a wrong redirect and a missing challenge are refused', async () => {
  bad(await (await authorize({ scope: 'openid' })).exchange({ code_verifier: 'x'.repeat(43) }), 400, 'invalid_grant');
  bad(await (await authorize({ scope: 'openid' })).exchange({ redirect_uri: 'http://127.0.0.1:1/callback' }), 400, 'invalid_grant');
  const plain = await authorize({ scope: 'openid', code_challenge_method: 'plain' });
  assert.equal(plain.answer.error, 'invalid_request');
  const none = await authorize({ scope: 'openid' }, { drop: ['code_challenge', 'code_challenge_method'] });
  assert.equal(none.status, 0, none.said);
  assert.equal(none.answer.error, 'invalid_request');
  assert.match(none.answer.error_description, /PKCE/);
});

test('an address of a redirect that is not registered is told to the person, not to the program', async () => {
  const asked = await authorize({ scope: 'openid', redirect_uri: 'http://127.0.0.1:1/elsewhere' });
  assert.equal(asked.status, 1);
  assert.match(asked.said, /invalid_redirect_uri/);
  assert.equal(asked.called.length, 0);
});

test('a person says no', async () => {
  const asked = await authorize({ scope: EVERYTHING, prompt: 'consent' }, { env: { OIDC_PERSON: 'deny' } });
  assert.equal(asked.status, 0, asked.said);
  assert.equal(asked.called.length, 1);
  assert.deepEqual(asked.answer, {
    error: 'access_denied',
    error_description: 'End-User aborted interaction',
    state: 'a state & more',
    iss: provider.issuer,
  });
});

test('the browser says where it cannot go', async () => {
  const gone = await browse(['http://127.0.0.1:1/auth']);
  assert.equal(gone.status, 1);
  assert.match(gone.said, /^browser: /);
  assert.equal((await browse([])).status, 1);
  assert.equal((await browse([`${provider.issuer}/nowhere`])).status, 1);
});

test('a refresh token is for once', async () => {
  const first = await login();
  const before = await counts();
  const second = good(await refreshed(first.refresh_token));
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.equal(second.scope, EVERYTHING);
  assert.ok(second.id_token);
  assert.equal((await counts()).refresh_token, before.refresh_token + 1);
  // The access token from before goes on.
  assert.equal((await api('me', first.access_token)).status, 200);
  const narrow = good(await refreshed(second.refresh_token, { scope: 'api:read' }));
  assert.equal(narrow.scope, 'api:read');
  bad(await refreshed(narrow.refresh_token, { scope: 'api:read nonsense' }), 400, 'invalid_scope');
  const whole = good(await refreshed(narrow.refresh_token));
  assert.equal(whole.scope, EVERYTHING);
  // An old one again: everything is revoked, the newest too.
  bad(await refreshed(first.refresh_token), 400, 'invalid_grant', 'grant request is invalid');
  assert.equal((await api('me', whole.access_token)).status, 401);
  bad(await refreshed(whole.refresh_token), 400, 'invalid_grant');
});

test('ten refreshes at once end the login, for the one that went through as well', async () => {
  const { refresh_token } = await login();
  const before = await counts();
  const refusedBefore = await refused();
  const answers = await Promise.all(Array.from({ length: 10 }, () => refreshed(refresh_token)));
  const through = answers.filter(({ status }) => status === 200);
  assert.ok(through.length >= 1);
  assert.equal(through.length, (await counts()).refresh_token - before.refresh_token);
  assert.equal(10 - through.length, (await refused()).refresh_token - refusedBefore.refresh_token);
  assert.ok(answers.some(({ status }) => status === 400));
  for (const { json } of through) assert.equal((await api('me', json.access_token)).status, 401);
});

const device = async (at, scope = EVERYTHING) => {
  const { status, json } = await post(`${at.issuer}/device/auth`, { client_id: 'cli', scope });
  assert.equal(status, 200);
  const poll = () => token({ grant_type: DEVICE, client_id: 'cli', device_code: json.device_code }, {}, at);
  return { ...json, poll };
};

test('a person types a code', async () => {
  const before = await counts();
  const asked = await device(provider);
  assert.match(asked.user_code, /^[B-Z]{4}-[B-Z]{4}$/);
  assert.equal(asked.verification_uri, `${provider.issuer}/device`);
  assert.equal(asked.verification_uri_complete, `${provider.issuer}/device?user_code=${asked.user_code}`);
  assert.equal(asked.interval, undefined);
  bad(await asked.poll(), 400, 'authorization_pending');
  bad(await asked.poll(), 400, 'authorization_pending');
  const wrong = await browse([asked.verification_uri, 'AAAA-AAAA']);
  assert.equal(wrong.status, 1);
  assert.match(wrong.said, /code you entered is incorrect/);
  assert.equal((await browse([asked.verification_uri])).status, 1);
  const ran = await browse([asked.verification_uri, asked.user_code]);
  assert.equal(ran.status, 0, ran.said);
  const got = good(await asked.poll());
  // Here offline_access needs no prompt=consent.
  assert.equal(got.scope, EVERYTHING);
  assert.ok(got.refresh_token);
  assert.equal((await counts())[DEVICE], before[DEVICE] + 1);
  assert.equal((await api('me', got.access_token)).json.sub, 'alice');
  bad(await asked.poll(), 400, 'invalid_grant');
});

test('a person opens the whole address, or says no', async () => {
  const yes = await device(brief);
  assert.equal(yes.interval, 1);
  const ran = await browse([yes.verification_uri_complete]);
  assert.equal(ran.status, 0, ran.said);
  good(await yes.poll());
  const no = await device(brief);
  const refused = await browse([no.verification_uri_complete], { OIDC_PERSON: 'deny' });
  assert.equal(refused.status, 0, refused.said);
  bad(await no.poll(), 400, 'access_denied', 'End-User aborted interaction');
});

test('a client logs in by itself', async () => {
  const before = await counts();
  const ask = { grant_type: 'client_credentials', scope: 'api:read api:write' };
  const service = good(await token(ask, basic('service', 'service-secret-1')));
  assert.equal(service.scope, 'api:read api:write');
  assert.equal(service.refresh_token, undefined);
  assert.deepEqual((await api('write', service.access_token)).json, {
    sub: 'service', scope: 'api:read api:write', client_id: 'service',
  });
  const poster = good(await token({ ...ask, client_id: 'poster', client_secret: 'poster-secret-1' }));
  assert.equal((await api('me', poster.access_token)).json.client_id, 'poster');
  const none = good(await token({ grant_type: 'client_credentials' }, basic('service', 'service-secret-1')));
  assert.ok(!('scope' in none));
  assert.equal((await api('me', none.access_token)).json.scope, '');
  assert.equal((await counts()).client_credentials, before.client_credentials + 3);

  const wrong = await token(ask, basic('service', 'service-secret-2'));
  bad(wrong, 401, 'invalid_client', 'client authentication failed');
  assert.match(wrong.headers.get('www-authenticate'), /^Basic realm=/);
  bad(await token({ ...ask, client_id: 'poster', client_secret: 'no' }), 401, 'invalid_client');
  bad(await token(ask, basic('nobody', 'x')), 401, 'invalid_client');
  // Each secret has its one way.
  bad(await token(ask, basic('poster', 'poster-secret-1')), 401, 'invalid_client', 'client authentication failed');
  bad(await token({ ...ask, client_id: 'service', client_secret: 'service-secret-1' }), 401, 'invalid_client');
  bad(await token(ask), 400, 'invalid_request', 'no client authentication mechanism provided');
  assert.equal(good(await token({ ...ask, scope: 'api:read nonsense' }, basic('service', 'service-secret-1'))).scope, 'api:read');
  bad(await token({ ...ask, scope: 'openid' }, basic('service', 'service-secret-1')), 400, 'invalid_scope');
  bad(await token({ ...ask, client_id: 'cli' }), 400, 'invalid_request', 'requested grant type is not allowed for this client');
  bad(await token({ grant_type: 'nonsense', client_id: 'cli' }), 400, 'unsupported_grant_type');
  assert.equal((await counts()).client_credentials, before.client_credentials + 4);
});

test('a password is taken', async () => {
  const before = await counts();
  const ask = { grant_type: 'password', client_id: 'cli', username: 'alice', password: 'correct horse' };
  const got = good(await token({ ...ask, scope: 'api:read nonsense' }));
  assert.deepEqual((await api('me', got.access_token)).json, { sub: 'alice', scope: 'api:read', client_id: 'cli' });
  assert.equal(got.scope, 'api:read');
  assert.equal(got.refresh_token, undefined);
  const lasting = good(await token({ ...ask, scope: EVERYTHING }));
  assert.equal((await api('write', good(await refreshed(lasting.refresh_token)).access_token)).status, 200);
  good(await token(ask));
  assert.equal((await counts()).password, before.password + 3);
  bad(await token({ ...ask, password: 'wrong horse' }), 400, 'invalid_grant', 'grant request is invalid');
  bad(await token({ ...ask, username: 'bob' }), 400, 'invalid_grant');
  assert.equal((await counts()).password, before.password + 3);
});

test('the API takes its own tokens alone, and echoes anything', async () => {
  for (const value of [undefined, 'nonsense']) {
    const { status, challenge } = await api('me', value);
    assert.equal(status, 401);
    assert.equal(challenge, 'Bearer error="invalid_token"');
  }
  const echo = await api('echo?word=a%20b&word=c', 'nonsense');
  assert.equal(echo.status, 200);
  assert.equal(echo.json.headers.authorization, 'Bearer nonsense');
  assert.deepEqual(echo.json.query, { word: ['a b', 'c'] });
  assert.equal(echo.headers.get('x-echo'), 'nonsense');
});

test('an access token ends on time, and is renewed', async () => {
  const got = await login(EVERYTHING, brief);
  const own = good(await token({ grant_type: 'client_credentials' }, basic('service', 'service-secret-1'), brief));
  assert.equal(got.expires_in, 2);
  assert.equal(own.expires_in, 2);
  assert.equal((await api('me', got.access_token, brief)).status, 200);
  await sleep(2100);
  for (const { access_token } of [got, own]) {
    const { status, challenge } = await api('me', access_token, brief);
    assert.equal(status, 401);
    assert.equal(challenge, 'Bearer error="invalid_token"');
  }
  const next = good(await refreshed(got.refresh_token, {}, brief));
  assert.equal((await api('me', next.access_token, brief)).status, 200);
});

test('a test revokes', async () => {
  // An access token: alone.
  const one = await login();
  assert.equal((await control('revoke', { token: one.access_token })).status, 200);
  assert.equal((await api('me', one.access_token)).status, 401);
  const next = good(await refreshed(one.refresh_token));
  // A refresh token: all that it stands for.
  assert.equal((await control('revoke', { token: next.refresh_token })).status, 200);
  assert.equal((await api('me', next.access_token)).status, 401);
  bad(await refreshed(next.refresh_token), 400, 'invalid_grant');
  assert.equal((await control('revoke', { token: 'nonsense' })).status, 404);
  // Every access token, whoever has it; a refresh token gets another.
  const byPassword = { grant_type: 'password', client_id: 'cli', username: 'alice', password: 'correct horse' };
  const [person, other] = [await login(), good(await token({ ...byPassword, scope: EVERYTHING }))];
  const own = good(await token({ grant_type: 'client_credentials' }, basic('service', 'service-secret-1')));
  assert.equal((await control('revoke-all')).status, 200);
  for (const { access_token } of [person, other, own]) {
    const { status, challenge } = await api('me', access_token);
    assert.equal(status, 401);
    assert.equal(challenge, 'Bearer error="invalid_token"');
  }
  const renewed = [good(await refreshed(person.refresh_token)), good(await refreshed(other.refresh_token))];
  for (const { access_token } of renewed) assert.equal((await api('me', access_token)).status, 200);
  // Everything; and then everything goes on anew.
  const again = good(await token({ grant_type: 'client_credentials' }, basic('service', 'service-secret-1')));
  assert.equal((await control('revoke-grants')).status, 200);
  for (const { access_token } of [...renewed, again]) assert.equal((await api('me', access_token)).status, 401);
  for (const { refresh_token } of renewed) bad(await refreshed(refresh_token), 400, 'invalid_grant');
  assert.equal((await api('me', (await login()).access_token)).status, 200);
});

test('a program revokes', async () => {
  const got = await login();
  const revoke = (value) => post(`${provider.issuer}/token/revocation`, { token: value, client_id: 'cli' });
  const access = await revoke(got.access_token);
  assert.deepEqual([access.status, access.text], [200, '']);
  assert.equal((await api('me', got.access_token)).status, 401);
  const other = await login();
  assert.equal((await revoke(other.refresh_token)).status, 200);
  bad(await refreshed(other.refresh_token), 400, 'invalid_grant');
  assert.equal((await api('me', other.access_token)).status, 401);
  assert.equal((await revoke('nonsense')).status, 200);
});

test('a test has the next token request fail', async () => {
  let { refresh_token } = await login();
  const before = await counts();
  const refusedBefore = await refused();
  for (const [next, status] of [['invalid_grant', 400], ['server_error', 500], ['slow_down', 400]]) {
    await control(`fail?next=${next}`);
    const answer = await refreshed(refresh_token);
    bad(answer, status, next);
    assert.ok(answer.json.error_description.includes(refresh_token), 'it repeats what was sent');
  }
  for (const [query, status] of [['', 200], ['&status=502', 502]]) {
    await control(`fail?next=html${query}`);
    const answer = await refreshed(refresh_token);
    assert.equal(answer.status, status);
    assert.match(answer.headers.get('content-type'), /^text\/html/);
    assert.ok(answer.text.includes(refresh_token));
  }
  assert.deepEqual(await counts(), before);
  assert.equal((await refused()).refresh_token, refusedBefore.refresh_token + 5);
  // Only the next one, and nothing was used up.
  ({ refresh_token } = good(await refreshed(refresh_token)));
  await control('fail?next=slow&ms=700');
  const started = Date.now();
  ({ refresh_token } = good(await refreshed(refresh_token)));
  assert.ok(Date.now() - started >= 690);
  // Who does not wait has not used it either.
  await control('fail?next=slow&ms=300');
  await assert.rejects(
    fetch(`${provider.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', client_id: 'cli', refresh_token }),
      signal: AbortSignal.timeout(100),
    }),
  );
  await sleep(400);
  good(await refreshed(refresh_token));
  assert.equal((await counts()).refresh_token, before.refresh_token + 3);
  assert.equal((await control('fail')).status, 400);
  assert.equal((await control('nonsense')).status, 404);
});

test('a lifetime that is not a number ends it', async () => {
  await assert.rejects(start({ OIDC_ACCESS_TTL: 'soon' }), /OIDC_ACCESS_TTL is not a number of seconds/);
});
