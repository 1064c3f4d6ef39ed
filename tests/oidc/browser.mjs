// Plays the browser, and the person in front of it: logs in as `alice`, says yes (or no, with OIDC_PERSON=deny), and follows
// wherever it is sent, the program's own listener at last. Of a device flow: `browser.mjs URL CODE`.

const jar = new Map();

const go = async (address, form) => {
  let url = new URL(address);
  let options = form ? { method: 'POST', body: new URLSearchParams(form) } : {};
  for (let n = 0; n < 30; n += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...options, redirect: 'manual', headers: { cookie } }).catch((error) => {
      throw new Error(`${url}: ${error.cause ?? error}`);
    });
    for (const line of response.headers.getSetCookie()) {
      const [name, ...value] = line.split(';')[0].split('=');
      if (value.join('=') === '') jar.delete(name);
      else jar.set(name, value.join('='));
    }
    const location = response.headers.get('location');
    if (!location) return { url, text: await response.text(), status: response.status };
    url = new URL(location, url);
    options = {};
  }
  throw new Error('sent in a circle');
};

const forms = (page) =>
  [...page.text.matchAll(/<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)].map(([, action, inner]) => ({
    action: new URL(action.replaceAll('&amp;', '&'), page.url),
    fields: Object.fromEntries(
      [...inner.matchAll(/<input[^>]*>/g)].map(([tag]) => [tag.match(/name="([^"]*)"/)?.[1], tag.match(/value="([^"]*)"/)?.[1] ?? '']).filter(([name]) => name),
    ),
  }));

let [, , address, code] = process.argv;
let page = await go(address);
for (let n = 0; n < 8; n += 1) {
  const form = forms(page)[0];
  const abort = page.text.match(/href="([^"]*\/abort)"/)?.[1];
  if (process.env.OIDC_PERSON === 'deny' && abort && !('login' in (form?.fields ?? {}))) {
    page = await go(new URL(abort, page.url));
    continue;
  }
  if (!form) break;
  const fields = { ...form.fields };
  if ('login' in fields) Object.assign(fields, { login: 'alice', password: 'any' });
  if ('user_code' in fields && code) fields.user_code = code;
  page = await go(form.action, fields);
}
if (page.status >= 400) {
  console.error(`ended at ${page.url} with status ${page.status}: ${page.text.slice(0, 300)}`);
  process.exit(1);
}
