import { spawn } from "node:child_process";
import { Command } from "commander";
import { holderOf, unusable } from "../deployment/identity/claims";
import { signInPlace } from "../deployment/identity/place";
import { type DeviceCode, signIn, signOut } from "../deployment/identity/sign-in";
import { readEnvironment } from "../deployment/synthesize";

const environmentArgument = ["<environment>", "a name among environments/, or the path of a file with one"] as const;

export function loginCommand(): Command {
  return new Command("login")
    .description("Sign in to an environment from this machine, in a browser here or on any other.")
    .argument(...environmentArgument)
    .option("--no-browser", "only show the address")
    .option("--json", "print one JSON document at the end; what to do is shown on standard error")
    .addHelpText(
      "after",
      "\nThe tokens are kept in $XDG_STATE_HOME/open-mlops/tokens (~/.local/state), for you alone.\nThen `mlops token` prints a fresh one. docs/tokens.md has it all.",
    )
    .action(async (name: string, options: { browser: boolean; json?: boolean }) => {
      const place = signInPlace(readEnvironment(name), name);
      const stop = new AbortController();
      const interrupt = () => stop.abort();
      process.once("SIGINT", interrupt);
      let hide = () => {};
      try {
        const tokens = await signIn(
          place,
          (device) => {
            console.error(`Open ${device.url} on any device, and confirm the code ${device.code}`);
            if (options.browser) openBrowser(device.completeUrl ?? device.url);
            hide = showWaiting(device);
          },
          stop.signal,
        );
        hide();
        const holder = holderOf(tokens.accessToken, place);
        const problems = unusable(tokens.accessToken, place, Date.now());
        const expires = new Date(tokens.expiresAt * 1000).toISOString();
        if (options.json) {
          const { environment, issuer } = place;
          const refreshed = tokens.refreshToken !== undefined;
          console.log(JSON.stringify({ environment, issuer, ...holder, expires, refreshed, problems }));
        } else {
          const groups = holder.groups.length > 0 ? holder.groups.join(", ") : "no group, so the tools let nobody in";
          console.log(`Signed in to ${name} as ${holder.user} (${groups}).`);
          console.log(
            tokens.refreshToken
              ? `\n  eval "$(npx mlops token ${name} --env)"`
              : `\nOnly until ${expires}: the issuer gave no refresh token; add offline_access to \`identity.scopes\`.`,
          );
        }
        for (const problem of problems) console.error(`warning: the tools will refuse this token: ${problem}`);
      } finally {
        hide();
        process.off("SIGINT", interrupt);
      }
    });
}

export function logoutCommand(): Command {
  return new Command("logout")
    .description("Sign out of an environment on this machine, and have the issuer take the tokens back.")
    .argument(...environmentArgument)
    .option("--json", "print as JSON")
    .action(async (name: string, options: { json?: boolean }) => {
      const { was, notTold } = await signOut(signInPlace(readEnvironment(name), name));
      if (options.json)
        console.log(JSON.stringify({ environment: name, wasSignedIn: was, takenBack: was && !notTold }));
      else console.log(was ? `Signed out of ${name}.` : `Nobody was signed in to ${name} here.`);
      if (notTold) console.error(`warning: the tokens are gone here, but the issuer still takes them: ${notTold}`);
    });
}

/** Opens a browser where there is one. None is no fault: the address is shown. */
function openBrowser(url: string): void {
  const onScreen = process.platform === "darwin" || process.env["DISPLAY"] || process.env["WAYLAND_DISPLAY"];
  // An address that is no web address must never reach what opens files.
  if (!onScreen || !/^https?:\/\//.test(url)) return;
  const browser = spawn(process.platform === "darwin" ? "open" : "xdg-open", [url], {
    stdio: "ignore",
    detached: true,
  });
  browser.on("error", () => {});
  browser.unref();
}

/** A line that counts down, on a terminal. */
function showWaiting({ expiresIn }: DeviceCode): () => void {
  if (!process.stderr.isTTY) return () => {};
  const end = Date.now() + expiresIn * 1000;
  const show = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    process.stderr.write(`\r\u001b[2KWaiting for you to confirm; the code is good for ${clock} `);
  };
  show();
  const timer = setInterval(show, 1000);
  return () => {
    clearInterval(timer);
    process.stderr.write("\r\u001b[2K");
  };
}
