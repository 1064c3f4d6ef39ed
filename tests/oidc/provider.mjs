// A provider of OAuth 2 and OpenID Connect, and an API that takes its tokens, on a port of its own. Ends with its standard
// input, so that nothing is left behind by a test that is killed.

import http from 'node:http';
import Provider, { errors } from 'oidc-provider';

// Standard output has one line; nobody reads what the package has to say.
console.info = console.warn = () => {};

const lifetime = Number(process.env.OIDC_ACCESS_TTL ?? 3600);
const counts = {};
let failure;

// A busy machine may be slow to use a connection again.
const server = http.createServer({ keepAliveTimeout: 60_000 });
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address();
const issuer = `http://127.0.0.1:${port}`;

const grants = ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code', 'password'];
const machine = (client_id, client_secret, token_endpoint_auth_method) => ({
  client_id,
  client_secret,
  token_endpoint_auth_method,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
});

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'cli',
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      grant_types: grants,
      response_types: ['code'],
      redirect_uris: ['http://127.0.0.1/callback'],
    },
    machine('service', 'service-secret-1', 'client_secret_basic'),
    machine('poster', 'poster-secret-1', 'client_secret_post'),
  ],
  scopes: ['openid', 'offline_access', 'api:read', 'api:write'],
  pkce: { required: () => true },
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true },
    revocation: { enabled: true },
  },
  ttl: { AccessToken: lifetime, ClientCredentials: lifetime, RefreshToken: 86400, Grant: 86400, Session: 3600, Interaction: 600, DeviceCode: 600 },
  rotateRefreshToken: true,
  issueRefreshToken: async (ctx, client, code) => client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
  findAccount: async (ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  cookies: { keys: ['for tests alone'] },
  renderError: async (ctx, out) => {
    ctx.type = 'json';
    ctx.body = out;
  },
});

// The flow that a document may still ask for: not part of OAuth 2.1, and not of the package.
provider.registerGrantType(
  'password',
  async (ctx) => {
    const { client, params } = ctx.oidc;
    if (params.username !== 'alice' || params.password !== 'correct horse') {
      throw new errors.InvalidGrant('the user or the password is wrong');
    }
    const grant = new provider.Grant({ clientId: client.clientId, accountId: 'alice' });
    grant.addOIDCScope(params.scope ?? '');
    const grantId = await grant.save();
    const token = new provider.AccessToken({ accountId: 'alice', client, grantId, gty: 'password', scope: params.scope });
    ctx.body = { access_token: await token.save(), expires_in: token.expiration, token_type: 'Bearer', scope: token.scope };
  },
  ['username', 'password', 'scope'],
);

const json = (response, status, body, headers = {}) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
};

const read = async (request) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
};

// Access tokens by what they are sent as; a client's own are of another kind.
const find = async (value) => (await provider.AccessToken.find(value)) ?? (await provider.ClientCredentials.find(value));
const revoked = new Set();
let revokedBefore = 0;

const api = async (request, response, path) => {
  const value = request.headers.authorization?.match(/^Bearer (.+)$/i)?.[1];
  const token = value && !revoked.has(value) ? await find(value) : undefined;
  if (!token || token.isExpired || (token.iat ?? 0) < revokedBefore) {
    return json(response, 401, { error: 'invalid_token' }, { 'www-authenticate': 'Bearer error="invalid_token"' });
  }
  const me = { sub: token.accountId ?? token.clientId, scope: token.scope ?? '', client_id: token.clientId };
  if (path === '/api/me') return json(response, 200, me);
  if (path === '/api/write') {
    if (me.scope.split(' ').includes('api:write')) return json(response, 200, me);
    return json(response, 403, { error: 'insufficient_scope' });
  }
  if (path === '/api/echo') return json(response, 200, { headers: request.headers, url: request.url }, { 'x-echo': value });
  return json(response, 404, { error: 'not_found' });
};

const test = async (request, response, url) => {
  if (url.pathname === '/test/counts') return json(response, 200, counts);
  if (url.pathname === '/test/fail') failure = url.searchParams.get('next');
  if (url.pathname === '/test/revoke') revoked.add((await read(request)).get('token'));
  if (url.pathname === '/test/revoke-all') revokedBefore = Math.floor(Date.now() / 1000) + 1;
  if (url.pathname === '/test/accept-all') revokedBefore = 0;
  return json(response, 200, {});
};

const answer = provider.callback();
provider.on('grant.success', (ctx) => {
  const kind = ctx.oidc.params.grant_type;
  counts[kind] = (counts[kind] ?? 0) + 1;
});

server.on('request', async (request, response) => {
  const url = new URL(request.url, issuer);
  try {
    if (url.pathname.startsWith('/api/')) return await api(request, response, url.pathname);
    if (url.pathname.startsWith('/test/')) return await test(request, response, url);
    if (url.pathname === '/token' && failure) {
      const kind = failure;
      failure = undefined;
      if (kind === 'html') {
        response.writeHead(200, { 'content-type': 'text/html' });
        return response.end('<html>hello</html>');
      }
      // A provider that repeats what it was sent.
      const sent = [...(await read(request)).values()].join(' ');
      return json(response, kind === 'server_error' ? 500 : 400, { error: kind, error_description: `no: ${sent}` });
    }
    return await answer(request, response);
  } catch (error) {
    return json(response, 500, { error: String(error) });
  }
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
process.stdout.write(`${JSON.stringify({ issuer, port })}\n`);
