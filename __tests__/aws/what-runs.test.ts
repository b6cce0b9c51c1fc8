/** What looks at networks and machines, together: loading the provider's bindings takes longer than most of the tests. */
import "./fits.tests";
import "./in-cluster.tests";
import "./karpenter.tests";
import "./kubernetes.tests";
import "./names.tests";
import "./network.tests";
import "./network-existing.tests";
import "./network-nat-instance.tests";
import "./network-none.tests";
import "./nodes.tests";
