/** checkov's report on Terraform JSON, as far as it is read. */
export interface CheckovReport {
  readonly results: {
    readonly passed_checks: readonly CheckovRecord[];
    readonly failed_checks: readonly CheckovRecord[];
    readonly parsing_errors: readonly string[];
  };
}

export interface CheckovRecord {
  readonly check_id: string;
  readonly check_name: string;
  /** `<type>.<name>`, or `resource.<name>`: a name is one resource's in a stack, whatever its type. */
  readonly resource: string;
  /** `/<stack>/cdk.tf.json` */
  readonly file_path: string;
}

/** A stack's JSON, as far as it is read: what `waive` has written beside a resource. */
export interface WaivedStack {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, WaivedResource>>>>;
}
interface WaivedResource {
  readonly "//"?: {
    readonly waived?: Readonly<Record<string, string>>;
    readonly metadata?: { readonly path?: string };
  };
}

/** A rule that a resource breaks, and the reason where it may. */
export interface Waiver {
  readonly check: string;
  /** The path of the resource's construct, beginning with its stack. */
  readonly path: string;
  readonly reason: string;
}

export interface Verdict {
  /** Waivers that were used. */
  readonly waived: readonly Waiver[];
  /** What must be mended; nothing where all is well. */
  readonly problems: readonly string[];
}

/** Sets what checkov found against what the code waives: neither may be without the other. */
export function judge(report: CheckovReport, stacks: Readonly<Record<string, WaivedStack>>): Verdict {
  const { passed_checks, failed_checks, parsing_errors } = report.results;
  const problems = parsing_errors.map((file) => `${file} could not be read by checkov`);
  const looked = new Set([...passed_checks, ...failed_checks].map((record) => stackOf(record)));
  for (const [stack, json] of Object.entries(stacks)) {
    // Without this, a report on nothing would be a report without findings.
    const hasAws = Object.keys(json.resource ?? {}).some((type) => type.startsWith("aws_"));
    if (hasAws && !looked.has(stack)) problems.push(`${stack} was not looked at by checkov`);
  }
  const open = new Map<string, Waiver>();
  const paths = new Map<string, string>();
  for (const [stack, json] of Object.entries(stacks)) {
    for (const [name, resource] of Object.values(json.resource ?? {}).flatMap((ofType) => Object.entries(ofType))) {
      const at = resource["//"]?.metadata?.path ?? `${stack}/${name}`;
      paths.set(`${stack} ${name}`, at);
      for (const [check, reason] of Object.entries(resource["//"]?.waived ?? {})) {
        open.set(`${stack} ${name} ${check}`, { check, path: at, reason });
      }
    }
  }
  const waived: Waiver[] = [];
  for (const record of failed_checks) {
    const resource = `${stackOf(record)} ${record.resource.split(".").slice(1).join(".")}`;
    const key = `${resource} ${record.check_id}`;
    const waiver = open.get(key);
    if (waiver) waived.push(waiver);
    else problems.push(`${paths.get(resource) ?? record.resource}: ${record.check_id}, ${record.check_name}`);
    open.delete(key);
  }
  for (const { check, path } of open.values()) {
    problems.push(`${path}: ${check} is waived and not found; take the waiver away`);
  }
  return { waived, problems };
}

function stackOf({ file_path }: CheckovRecord): string {
  return file_path.split("/")[1] ?? file_path;
}
