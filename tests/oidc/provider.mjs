// An OAuth 2 and OpenID Connect provider, and an API that takes its tokens, on a free port of loopback. One line of JSON on
// standard output says where. It ends when its standard input does, so that a test that is killed leaves nothing behind.

import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import Provider, { errors } from 'oidc-provider';

// The package's notices go to standard output, which has one line, and say that nobody should run this in production.
console.info = console.warn = () => {};

const seconds = (variable) => {
  const value = process.env[variable];
  if (value === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(value)) {
    console.error(`${variable} is not a number of seconds: ${value}`);
    process.exit(2);
  }
  return Number(value);
};
const accessTtl = seconds('OIDC_ACCESS_TTL') ?? 3600;
const deviceInterval = seconds('OIDC_DEVICE_INTERVAL');

// A busy machine may be slow to use a connection again; a server that has just closed it makes a test fail now and then.
const server = http.createServer({ keepAliveTimeout: 60_000 });
await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
const { port } = server.address();
const issuer = `http://127.0.0.1:${port}`;

// ---- The provider

const scopes = ['openid', 'offline_access', 'api:read', 'api:write'];
const grantTypes = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'password',
  'urn:ietf:params:oauth:grant-type:device_code',
];
const confidential = (client_id, client_secret, token_endpoint_auth_method) => ({
  client_id,
  client_secret,
  token_endpoint_auth_method,
  grant_types: ['client_credentials'],
  scope: 'api:read api:write',
  redirect_uris: [],
  response_types: [],
});

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'cli',
      application_type: 'native', // so that a loopback redirect is taken on any port
      token_endpoint_auth_method: 'none',
      grant_types: grantTypes.filter((type) => type !== 'client_credentials'),
      response_types: ['code'],
      redirect_uris: ['http://127.0.0.1/callback'],
    },
    confidential('service', 'service-secret-1', 'client_secret_basic'),
    confidential('poster', 'poster-secret-1', 'client_secret_post'),
  ],
  scopes,
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true }, // the login and consent pages that browser.mjs fills in
    revocation: { enabled: true },
  },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  ttl: { AccessToken: accessTtl, ClientCredentials: accessTtl },
  clockTolerance: 0, // a token ends when it says; the default would take it for 15 seconds more
  // The package takes a client's secret in the header and in the body alike. Here each client has its one way, so that a
  // program that sends it the other way is seen. (Asked before a token is kept: what throws here gives none.)
  extraTokenClaims: async (ctx, token) => {
    const ways = { client_secret_basic: ctx.headers.authorization, client_secret_post: ctx.oidc.params.client_secret };
    if (token.kind === 'ClientCredentials' && !ways[ctx.oidc.client.clientAuthMethod]) {
      throw new errors.InvalidClientAuth('the secret was sent the other way');
    }
  },
  findAccount: async (ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  cookies: { keys: ['for tests alone'] },
});

// Not in OAuth 2.1, and so not in the package, but in documents still.
provider.registerGrantType(
  'password',
  async (ctx) => {
    const { client, params } = ctx.oidc;
    if (params.username !== 'alice' || params.password !== 'correct horse') {
      throw new errors.InvalidGrant('wrong user or password');
    }
    const granted = (params.scope ?? '').split(' ').filter((scope) => scopes.includes(scope));
    const scope = granted.join(' ') || undefined;
    const grant = new provider.Grant({ accountId: 'alice', clientId: client.clientId });
    if (scope) grant.addOIDCScope(scope);
    const about = { accountId: 'alice', client, grantId: await grant.save(), gty: 'password', scope };
    const access = new provider.AccessToken(about);
    const refresh = granted.includes('offline_access') ? new provider.RefreshToken({ ...about, rotations: 0 }) : undefined;
    ctx.body = {
      access_token: await access.save(),
      expires_in: access.expiration,
      refresh_token: await refresh?.save(),
      scope,
      token_type: 'Bearer',
    };
  },
  ['username', 'password', 'scope'],
);

// What was refused is counted as well, but apart: of ten refreshes of one token at once, one may succeed, and a test that
// looks at successes alone would take that for a single request.
const none = () => Object.fromEntries(grantTypes.map((type) => [type, 0]));
const counts = none();
const refused = none();
provider.on('grant.success', (ctx) => {
  counts[ctx.oidc.params.grant_type] += 1;
});
const refuse = (type) => {
  if (Object.hasOwn(refused, type)) refused[type] += 1;
};
provider.on('grant.error', (ctx) => refuse(ctx.oidc.params?.grant_type));

// The package leaves the interval out, which means five seconds: long, for a test that does not look at it.
if (deviceInterval) {
  provider.on('device_authorization.success', (ctx, body) => {
    body.interval = deviceInterval;
  });
}

// Nobody is to look for the reason of a bare "oops! something went wrong".
provider.on('server_error', (ctx, error) => console.error(error));

// ---- What a test can do to it

const grants = new Set();
provider.on('grant.saved', (grant) => grants.add(grant.jti));
// By themselves too: a client's own tokens belong to no grant.
const accessTokens = new Set();
for (const event of ['access_token.saved', 'client_credentials.saved']) {
  provider.on(event, (token) => accessTokens.add(token));
}

const revokeGrant = async (id) => {
  for (const kind of ['AccessToken', 'RefreshToken', 'AuthorizationCode', 'DeviceCode']) {
    await provider[kind].revokeByGrantId(id);
  }
  await (await provider.Grant.find(id))?.destroy();
  grants.delete(id);
};

const revoke = async (value) => {
  const refresh = await provider.RefreshToken.find(value);
  if (refresh) {
    await revokeGrant(refresh.grantId);
    return true;
  }
  const access = await find(value);
  await access?.destroy();
  return access !== undefined;
};

// Refresh tokens stay, so that a program finds its access token gone before its time, and can get another.
const revokeAccess = async () => {
  for (const token of accessTokens) {
    await token.destroy();
    accessTokens.delete(token);
  }
};

const revokeGrants = async () => {
  for (const id of grants) await revokeGrant(id);
  await revokeAccess();
};

let failure;

const test = async (request, response, url) => {
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /test/counts':
      return json(response, 200, counts);
    case 'GET /test/refused':
      return json(response, 200, refused);
    case 'POST /test/revoke': {
      const known = await revoke((await form(request)).get('token') ?? '');
      return json(response, known ? 200 : 404, {});
    }
    case 'POST /test/revoke-all':
      await revokeAccess();
      return json(response, 200, {});
    case 'POST /test/revoke-grants':
      await revokeGrants();
      return json(response, 200, {});
    case 'POST /test/fail': {
      const { next, status, ms = 10_000 } = Object.fromEntries(url.searchParams);
      if (!next) return json(response, 400, { error: 'next is missing' });
      failure = { next, status: Number(status), ms: Number(ms) };
      return json(response, 200, {});
    }
    default:
      return json(response, 404, { error: 'not_found' });
  }
};

// True if that was the answer. The answers repeat what was sent, as some providers' do: a client must not show it.
const fail = async (request, response) => {
  const { next, status, ms } = failure;
  failure = undefined;
  if (next === 'slow') {
    await sleep(ms);
    return request.socket.destroyed; // who has gone away has exchanged nothing
  }
  const fields = await form(request);
  refuse(fields.get('grant_type'));
  const sent = [request.headers.authorization, ...fields.values()].join(' ');
  if (next === 'html') {
    response.writeHead(status || 200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<!DOCTYPE html><title>Welcome</title><p>${sent}</p>`);
  } else {
    json(response, status || (next === 'server_error' ? 500 : 400), { error: next, error_description: `no: ${sent}` });
  }
  return true;
};

// ---- The API

const find = async (value) => (await provider.AccessToken.find(value)) ?? (await provider.ClientCredentials.find(value));

const api = async (request, response, url) => {
  const value = request.headers.authorization?.match(/^Bearer +(\S+)$/i)?.[1];
  if (url.pathname === '/api/echo') {
    // Whatever was sent, good or bad; once more in a header, for what shows headers.
    const query = {};
    for (const [name, text] of url.searchParams) (query[name] ??= []).push(text);
    return json(response, 200, { headers: request.headers, query, url: request.url }, value ? { 'x-echo': value } : {});
  }
  const token = value && (await find(value));
  if (!token) {
    return json(response, 401, { error: 'invalid_token' }, { 'www-authenticate': 'Bearer error="invalid_token"' });
  }
  const me = { sub: token.accountId ?? token.clientId, scope: token.scope ?? '', client_id: token.clientId };
  switch (url.pathname) {
    case '/api/me':
      return json(response, 200, me);
    case '/api/write':
      if (token.scopes.has('api:write')) return json(response, 200, me);
      return json(response, 403, { error: 'insufficient_scope' }, {
        'www-authenticate': 'Bearer error="insufficient_scope", scope="api:write"',
      });
    default:
      return json(response, 404, { error: 'not_found' });
  }
};

// ---- All of it on one port

const json = (response, status, body, headers = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
  response.end(JSON.stringify(body));
};

const form = async (request) => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return new URLSearchParams(text);
};

const answer = provider.callback();
server.on('request', async (request, response) => {
  try {
    const url = new URL(request.url, issuer);
    if (url.pathname.startsWith('/api/')) return await api(request, response, url);
    if (url.pathname.startsWith('/test/')) return await test(request, response, url);
    if (url.pathname === '/token' && failure && (await fail(request, response))) return;
    await answer(request, response);
  } catch (error) {
    console.error(error);
    if (!response.headersSent) json(response, 500, { error: String(error) });
  }
});

for (const event of ['end', 'close', 'error']) process.stdin.on(event, () => process.exit(0));
process.stdin.resume();
process.stdout.write(`${JSON.stringify({ issuer, port })}\n`);
