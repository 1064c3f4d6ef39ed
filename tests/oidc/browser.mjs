// Plays the browser and the person in front of it: `browser.mjs URL` logs in as `alice`, says yes (no with OIDC_PERSON=deny),
// and follows wherever it is sent, at last to the program's own listener. For a device: `browser.mjs URL CODE`, or the code
// in the URL. Ends with 0 if it got to the end, and says on standard error where it did not.

const [address, typed] = process.argv.slice(2);
const denies = process.env.OIDC_PERSON === 'deny';

// Cookies belong to a host, whatever the port, and to a path below it.
const jar = new Map();

const keep = (url, line) => {
  const [pair, ...attributes] = line.split(/; */);
  const [name, value] = pair.split(/=(.*)/s);
  const { path = '/', expires } = Object.fromEntries(
    attributes.map((attribute) => attribute.split('=')).map(([key, text]) => [key.toLowerCase(), text]),
  );
  const key = JSON.stringify([url.hostname, path, name]);
  if (expires && Date.parse(expires) <= Date.now()) jar.delete(key);
  else jar.set(key, value);
};

const cookies = (url) => {
  const sent = [];
  for (const [key, value] of jar) {
    const [host, path, name] = JSON.parse(key);
    const below = path.endsWith('/') ? path : `${path}/`;
    if (host === url.hostname && `${url.pathname}/`.startsWith(below)) sent.push(`${name}=${value}`);
  }
  return sent.join('; ');
};

// The page at the end of all redirects.
const visit = async (start, fields) => {
  let url = new URL(start);
  let options = fields ? { method: 'POST', body: new URLSearchParams(fields) } : {};
  for (let redirects = 0; redirects < 20; redirects += 1) {
    const response = await fetch(url, {
      ...options,
      redirect: 'manual',
      headers: { accept: 'text/html,*/*;q=0.8', cookie: cookies(url) },
      signal: AbortSignal.timeout(30_000),
    }).catch((error) => {
      throw new Error(`${url.origin}${url.pathname}: ${error.cause?.message ?? error.message}`);
    });
    for (const line of response.headers.getSetCookie()) keep(url, line);
    const location = response.headers.get('location');
    if (!location) return { url, status: response.status, text: await response.text() };
    await response.body?.cancel();
    url = new URL(location, url);
    options = {};
  }
  throw new Error(`sent in a circle, at last to ${url.origin}${url.pathname}`);
};

const unescaped = (text) =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name]);

const attribute = (tag, name) => {
  const found = tag.match(new RegExp(`\\s${name}="([^"]*)"`));
  return found ? unescaped(found[1]) : undefined;
};

// The only form of a page: where it goes, and what is in it already.
const formOf = (page) => {
  const [, tag, inner] = page.text.match(/(<form[^>]*>)([\s\S]*?)<\/form>/) ?? [];
  if (!tag) return undefined;
  const inputs = (inner.match(/<input[^>]*>/g) ?? []).map((input) => [attribute(input, 'name'), attribute(input, 'value') ?? '']);
  return { action: new URL(attribute(tag, 'action'), page.url), fields: Object.fromEntries(inputs) };
};

const run = async () => {
  const provider = new URL(address).origin;
  const code = typed ?? new URL(address).searchParams.get('user_code');
  let page = await visit(address);
  let refused = false;
  for (let pages = 0; pages < 10; pages += 1) {
    // The program's own page, which may well say that it was refused.
    if (page.url.origin !== provider) return undefined;
    // A device's refusal ends where it began, at the form for a code.
    if (refused) return /Sign-in request was interrupted/.test(page.text) ? undefined : page;
    const form = formOf(page);
    if (!form) return page.status === 200 && /<h1>Sign-in Success</.test(page.text) ? undefined : page;
    const { action, fields } = form;
    if ('login' in fields) {
      page = await visit(action, { ...fields, login: 'alice', password: 'any' });
    } else if (fields.prompt === 'consent' && denies) {
      refused = true;
      page = await visit(new URL(attribute(page.text.match(/<a [^>]*\/abort"[^>]*>/)[0], 'href'), page.url));
    } else if (fields.user_code === '' && !('confirm' in fields)) {
      if (!code) return page;
      page = await visit(action, { ...fields, user_code: code });
    } else if (/The code you entered is incorrect|error processing your request/.test(page.text)) {
      return page;
    } else {
      page = await visit(action, fields);
    }
  }
  return page;
};

try {
  const stuck = await run();
  if (stuck) {
    const text = stuck.text.replace(/<(style|script)[\s\S]*?<\/\1>/g, '').replace(/<[^>]*>/g, '');
    throw new Error(`no way on from ${stuck.url} (${stuck.status}): ${text.replace(/\s+/g, ' ').slice(0, 500)}`);
  }
} catch (error) {
  console.error(`browser: ${error.message}`);
  process.exitCode = 1;
}
