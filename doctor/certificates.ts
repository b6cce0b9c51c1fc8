import { X509Certificate } from "node:crypto";
import type { Edge } from "../constructs/contracts/edge";
import type { Kubectl, KubernetesObject } from "../deployment/kubectl";
import { type Finding, fail, pass, warn } from "./check";

type Verdict = Omit<Finding, "check">;

/** What the certificates of the edge are, as far as a cluster that exists can have them. */
export type CertificateWishes = Pick<Edge, "domain" | "certificates">;

const day = 24 * 60 * 60 * 1000;

/** Whether the edge can have its certificate: the one that somebody keeps is fit, or a cert-manager can be installed. */
export async function certificates(
  kubectl: Kubectl,
  wishes: CertificateWishes | undefined,
  now = new Date(),
): Promise<Verdict> {
  if (!wishes) return pass("none are needed");
  return wishes.certificates.mode === "given"
    ? given(kubectl, wishes.domain, wishes.certificates.secret, now)
    : ownAuthority(kubectl);
}

async function given(
  kubectl: Kubectl,
  domain: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  now: Date,
): Promise<Verdict> {
  const at = `the secret ${namespace}/${name}`;
  const make = `make it: kubectl --namespace ${namespace} create secret tls ${name} --cert <file> --key <file>`;
  const type = await kubectl.try("get", "secret", name, "--namespace", namespace, "--output", "jsonpath={.type}");
  if (type.code !== 0) return fail(`${at} is not there`, make);
  if (type.stdout.trim() !== "kubernetes.io/tls")
    return fail(
      `${at} is of the type ${type.stdout.trim()}, and the gateway takes kubernetes.io/tls alone`,
      `${make}, after deleting this one`,
    );
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(await kubectl.secret(namespace, name, "tls.crt"));
  } catch {
    return fail(`${at} holds no certificate under tls.crt`, make);
  }
  const host = `mlflow.${domain}`;
  if (!certificate.checkHost(host))
    return fail(
      `the certificate is for ${certificate.subjectAltName ?? certificate.subject}, and not for ${host}`,
      `have one signed for *.${domain}`,
    );
  const days = Math.floor((Date.parse(certificate.validTo) - now.getTime()) / day);
  const ends = `it ends on ${new Date(certificate.validTo).toISOString().slice(0, 10)}`;
  if (days < 0) return fail(ends, "renew it");
  return days < 14 ? warn(ends, "renew it; the edge follows by itself") : pass(`for *.${domain}; ${ends}`);
}

async function ownAuthority(kubectl: Kubectl): Promise<Verdict> {
  const [definition] = await kubectl.list<KubernetesObject>(
    "customresourcedefinitions",
    "certificates.cert-manager.io",
  );
  const from = definition?.metadata.annotations?.["meta.helm.sh/release-namespace"];
  if (!definition || from === "cert-manager") return pass("the platform brings cert-manager");
  return fail(
    "another cert-manager is here already, and two of them would sign against each other",
    'have that one keep a certificate for the domain, and use the certificates mode "given" with its secret',
  );
}
