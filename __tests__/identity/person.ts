/**
 * A person at a browser, as far as a sign-in needs one: follows addresses, keeps cookies and fills in forms. Pages that a
 * form is sent to by itself are sent on, as a script in them would.
 *
 * @param cookies what the browser keeps
 * @returns the text of the page at which there is nothing more to fill in
 */
export async function confirmInBrowser(
  address: string,
  answers: { readonly login: string; readonly press?: "abort" },
  cookies = new Map<string, string>(),
): Promise<string> {
  const visit = async (url: URL, body?: URLSearchParams): Promise<{ url: URL; text: string }> => {
    const response = await fetch(url, {
      method: body ? "POST" : "GET",
      body,
      redirect: "manual",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value) cookies.set(name, value);
      else cookies.delete(name);
    }
    const next = response.headers.get("location");
    const text = await response.text();
    return next ? visit(new URL(next, url)) : { url, text };
  };
  let page = await visit(new URL(address));
  for (let pages = 0; pages < 10; pages++) {
    const form = /<form[^>]*>[\s\S]*?<\/form>/.exec(page.text)?.[0];
    if (!form) return page.text;
    const values = new URLSearchParams();
    for (const [input] of form.matchAll(/<input[^>]*>/g)) {
      const of = (attribute: string) => new RegExp(`${attribute}="([^"]*)"`).exec(input)?.[1];
      const name = of("name");
      if (name) values.set(name, name === "login" ? answers.login : name === "password" ? "any" : (of("value") ?? ""));
    }
    const target = new URL(/action="([^"]*)"/.exec(form)?.[1] ?? page.url, page.url);
    // The first form of all only carries the code on; the one after it asks whether the person wants to.
    if (answers.press === "abort" && pages === 1) {
      values.set("abort", "yes");
      return (await visit(target, values)).text;
    }
    page = await visit(target, values);
  }
  throw new Error("there was always another form");
}
