import { EcrPullThroughCacheRule } from "@cdktf/provider-aws/lib/ecr-pull-through-cache-rule";
import { Construct } from "constructs";
import type { AwsEnvironment } from "../contracts/environment";
import type { Account } from "./account";
import type { EncryptionKey } from "./encryption-key";
import { cachedImages, cachedRegistries } from "./pull-through-plan";
import { Repository } from "./repository";

export interface PullThroughProps {
  readonly account: Account;
  readonly key: EncryptionKey;
  readonly environment: Pick<AwsEnvironment, "name" | "images" | "protect">;
}

/**
 * Copies of other registries' images in the account's own, made as they are pulled. ECR would make their repositories
 * too, and leave them behind; these are made here, encrypted and scanned as ours are, and destroyed with the rest. So a
 * node needs no right to make any: what `AmazonEC2ContainerRegistryPullOnly` gives it is enough.
 */
export class PullThrough extends Construct {
  /** Where the images of a registry are: `quay.io` to `<account's registry>/<prefix>`. */
  readonly registries: Readonly<Record<string, string>>;
  readonly repositories: readonly Repository[];

  constructor(scope: Construct, id: string, props: PullThroughProps) {
    super(scope, id);
    const { account, key, environment } = props;
    const registries = cachedRegistries(environment);
    for (const { host, prefix, upstream, secretArn } of registries) {
      new EcrPullThroughCacheRule(this, host.replaceAll(".", "-"), {
        ecrRepositoryPrefix: prefix,
        upstreamRegistryUrl: upstream,
        ...(secretArn ? { credentialArn: secretArn } : {}),
      });
    }
    this.registries = Object.fromEntries(registries.map(({ host, prefix }) => [host, `${account.registry}/${prefix}`]));
    this.repositories = cachedImages(environment).map(
      ({ repository: name }) =>
        new Repository(this, name.replace(/^[^/]+\//, "").replaceAll("/", "-"), {
          name,
          key,
          protect: environment.protect,
        }),
    );
  }
}
