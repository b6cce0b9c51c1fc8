import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import * as readline from "node:readline";
import Provider from "oidc-provider";

/**
 * A real issuer on loopback, for as long as its parent lives: `node issuer.mjs <settings as JSON>`. It writes its address
 * as its first line. People sign in with any name and password; `ada` is a member. A line of its input changes what it says:
 * `{"groups": {"ada": [...]}}`, `null` for somebody whose session has ended, `{"away": true}` so that it answers nobody.
 */
const { audience, lifetime = 600, codeLifetime = 600, secret, callback, tls, skew = 0 } = JSON.parse(process.argv[2]);
const groups = { ada: ["members"], vic: ["viewers"], "mlops-ci": ["members"] };
let away = false;
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const changed = JSON.parse(line);
  Object.assign(groups, changed.groups);
  away = changed.away ?? away;
});

// Another clock than the client's: what a machine whose own clock is wrong sees.
const now = Date.now;
Date.now = () => now() + skew * 1000;

const server = tls
  ? https.createServer({ cert: fs.readFileSync(tls.cert), key: fs.readFileSync(tls.key) })
  : http.createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `${tls ? "https" : "http"}://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "mlops-cli",
        token_endpoint_auth_method: "none",
        grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        response_types: [],
        redirect_uris: [],
      },
      ...(secret
        ? [
            {
              client_id: "mlops-ci",
              client_secret: secret,
              grant_types: ["client_credentials"],
              response_types: [],
              redirect_uris: [],
            },
          ]
        : []),
      ...(callback
        ? [
            {
              client_id: "hub",
              client_secret: secret,
              grant_types: ["authorization_code", "refresh_token"],
              redirect_uris: [callback],
            },
          ]
        : []),
    ],
    issueRefreshToken: (_, client) => client.grantTypeAllowed("refresh_token"),
    features: {
      deviceFlow: { enabled: true },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: "", audience, accessTokenFormat: "jwt" }),
      },
    },
    // As an issuer that takes theft seriously: a refresh token is good for one use.
    rotateRefreshToken: true,
    extraTokenClaims: (_, token) => {
      const who = token.accountId ?? token.clientId;
      return { preferred_username: who, groups: groups[who] ?? [] };
    },
    findAccount: (_, sub) =>
      groups[sub] === null ? undefined : { accountId: sub, claims: () => ({ sub, groups: groups[sub] ?? [] }) },
    ttl: {
      AccessToken: lifetime,
      ClientCredentials: lifetime,
      DeviceCode: codeLifetime,
      Grant: 3600,
      Session: 3600,
      Interaction: 3600,
      IdToken: 600,
      RefreshToken: 3600,
    },
  });
  // Clients may ask as often as the issuer says; tests have no patience.
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.oidc?.route === "device_authorization" && ctx.status === 200) ctx.body.interval = 0.1;
  });
  const answer = provider.callback();
  server.on("request", (request, response) => (away ? request.socket.destroy() : answer(request, response)));
  console.log(issuer);
});
process.stdin.on("end", () => process.exit());
