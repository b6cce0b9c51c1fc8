import type { Metadata } from "./metadata";

/** What machines of a pool are made of: Karpenter's `karpenter.k8s.aws/v1`. */
export interface Ec2NodeClass {
  readonly apiVersion: "karpenter.k8s.aws/v1";
  readonly kind: "EC2NodeClass";
  readonly metadata: Metadata;
  readonly spec: {
    readonly amiSelectorTerms: readonly [{ readonly alias: string }];
    readonly instanceProfile: string;
    readonly subnetSelectorTerms: readonly { readonly id: string }[];
    readonly securityGroupSelectorTerms: readonly { readonly id: string }[];
    readonly capacityReservationSelectorTerms?: readonly { readonly id: string }[];
    readonly metadataOptions: {
      readonly httpEndpoint: "enabled";
      readonly httpTokens: "required";
      readonly httpPutResponseHopLimit: 1;
    };
    readonly blockDeviceMappings: readonly {
      readonly deviceName: string;
      readonly ebs: {
        readonly volumeType: "gp3";
        readonly volumeSize: string;
        readonly encrypted: true;
        readonly deleteOnTermination: true;
      };
    }[];
    readonly userData?: string;
    readonly tags: Readonly<Record<string, string>>;
  };
}

/** Which machines, for which pods, and how many: Karpenter's `karpenter.sh/v1`. */
export interface NodePool {
  readonly apiVersion: "karpenter.sh/v1";
  readonly kind: "NodePool";
  readonly metadata: Metadata;
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly nodeClassRef: {
          readonly group: "karpenter.k8s.aws";
          readonly kind: "EC2NodeClass";
          readonly name: string;
        };
        readonly requirements: readonly {
          readonly key: string;
          readonly operator: "In";
          readonly values: readonly string[];
        }[];
        readonly taints?: readonly { readonly key: string; readonly value: string; readonly effect: "NoSchedule" }[];
        readonly expireAfter: "Never";
      };
    };
    readonly disruption: {
      readonly consolidationPolicy: "WhenEmptyOrUnderutilized";
      readonly consolidateAfter: string;
    };
    readonly limits: { readonly nodes: string; readonly cpu: string; readonly memory: string };
  };
}
