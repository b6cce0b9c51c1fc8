import { github, type Pin, pin } from "./pin";

/** npm packages that run as part of a platform or bind a provider; package.json must agree. */
export const npm = {
  cdktf: pin("0.21.0", "MPL-2.0", github("hashicorp/terraform-cdk")),
  constructs: pin("10.7.2", "Apache-2.0", github("aws/constructs")),
  "@cdktf/provider-aws": pin("21.22.1", "MPL-2.0", github("cdktf/cdktf-provider-aws")),
  "@cdktf/provider-helm": pin("12.1.2", "MPL-2.0", github("cdktf/cdktf-provider-helm")),
  "@cdktf/provider-kubernetes": pin("12.1.1", "MPL-2.0", github("cdktf/cdktf-provider-kubernetes")),
  "configurable-http-proxy": pin("5.3.0", "BSD-3-Clause", github("jupyterhub/configurable-http-proxy")),
} as const satisfies Record<string, Pin>;
