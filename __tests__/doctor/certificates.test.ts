import { certificates } from "../../doctor/certificates";
import { type Answer, fakeKubectl, object } from "../deployment/fake-kubectl";

/** For mlops.example.com and *.mlops.example.com, until November 2036; nobody has its key. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBwjCCAWigAwIBAgIUOm5qwOefOEt2PNjPpO6g7tN9mfUwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRbWxvcHMuZXhhbXBsZS5jb20wHhcNMjYxMTIxMjIzMDMwWhcN
MzYxMTE4MjIzMDMwWjAcMRowGAYDVQQDDBFtbG9wcy5leGFtcGxlLmNvbTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABCIKb8jBWmfqs9x/m3x8g05mSz+4hvxrnoX1
375/3VoyUsmJcgpPeUUBGwoIRS5EtXeRICw1VNm3emsSatNaBgSjgYcwgYQwHQYD
VR0OBBYEFIzz9+mLgjypGzPwCk/laRyxxwAxMB8GA1UdIwQYMBaAFIzz9+mLgjyp
GzPwCk/laRyxxwAxMA8GA1UdEwEB/wQFMAMBAf8wMQYDVR0RBCowKIIRbWxvcHMu
ZXhhbXBsZS5jb22CEyoubWxvcHMuZXhhbXBsZS5jb20wCgYIKoZIzj0EAwIDSAAw
RQIgOrzOet0G/qPFsSmMo96RKX4lzbr4cNfHczyekoXhm4cCIQCe6TKZ8Ugwxpcw
pX+WI/2tydRWTKBRaGdNf/JRaIYHWQ==
-----END CERTIFICATE-----
`;
const secret = { namespace: "keys", name: "edge" };
const given = (table: Record<string, Answer>, domain = "mlops.example.com", today = "2027-01-01") =>
  certificates(
    fakeKubectl(table).kubectl,
    { domain, certificates: { mode: "given", secret } },
    new Date(`${today}T12:00:00Z`),
  );
const own = (table: Record<string, Answer>) =>
  certificates(fakeKubectl(table).kubectl, { domain: "mlops.example.com", certificates: { mode: "own-ca" } });
const kept = (text: string): Record<string, Answer> => ({
  "jsonpath={.type}": "kubernetes.io/tls",
  "jsonpath={.data.tls\\.crt}": Buffer.from(text).toString("base64"),
});
const failed = (found: string, remedy: string) => ({
  verdict: "fail",
  found: expect.stringContaining(found),
  remedy: expect.stringContaining(remedy),
});

describe("a certificate that somebody keeps", () => {
  test("is fit where it is for the hosts of the domain", async () => {
    expect(await given(kept(certificate))).toMatchObject({
      verdict: "pass",
      found: "for *.mlops.example.com; it ends on 2036-11-18",
    });
  });

  test("must be there, under its key, and of the type that the gateway takes", async () => {
    expect(await given({ "get secret": { fails: "NotFound" } })).toMatchObject(
      failed("the secret keys/edge is not there", "kubectl --namespace keys create secret tls edge"),
    );
    expect(await given({ "jsonpath={.type}": "Opaque" })).toMatchObject(
      failed("is of the type Opaque", "create secret tls edge"),
    );
    expect(await given(kept("not one"))).toMatchObject(failed("holds no certificate", "create secret tls edge"));
  });

  test("for other hosts, or over, it opens nothing", async () => {
    expect(await given(kept(certificate), "ml.example.com")).toMatchObject(
      failed("DNS:*.mlops.example.com, and not for mlflow.ml.example.com", "*.ml.example.com"),
    );
    expect(await given(kept(certificate), "mlops.example.com", "2036-11-20")).toMatchObject(
      failed("it ends on 2036-11-18", "renew it"),
    );
    expect(await given(kept(certificate), "mlops.example.com", "2036-11-10")).toMatchObject({ verdict: "warn" });
  });
});

describe("an authority of the cluster's own", () => {
  const definition = (annotations: object) => object("certificates.cert-manager.io", {}, { annotations });

  test("comes with the platform's cert-manager, the first time and again", async () => {
    expect(await own({})).toMatchObject({ verdict: "pass" });
    const ours = definition({ "meta.helm.sh/release-namespace": "cert-manager" });
    expect(await own({ "get customresourcedefinitions": [ours] })).toMatchObject({ verdict: "pass" });
  });

  test("has no room beside another cert-manager", async () => {
    const theirs = definition({ "meta.helm.sh/release-namespace": "infrastructure" });
    for (const found of [theirs, definition({})])
      expect(await own({ "get customresourcedefinitions": [found] })).toMatchObject(
        failed("another cert-manager is here", 'mode "given"'),
      );
  });
});

test("without an edge there is nothing to look at", async () => {
  const { kubectl, asked } = fakeKubectl({});
  expect(await certificates(kubectl, undefined)).toMatchObject({ verdict: "pass" });
  expect(asked).toEqual([]);
});
