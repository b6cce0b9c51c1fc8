/** The foundation's tests, together: the bindings of the providers load once. */
import "./admission.tests";
import "./at-most.tests";
import "./backup.tests";
import "./edge.tests";
import "./edge-sign-in.tests";
import "./identity.tests";
import "./keycloak.tests";
import "./monitoring/expressions.tests";
import "./monitoring/monitoring.tests";
import "./monitoring/promtool.tests";
import "./monitoring/runbooks.tests";
import "./no-secret-in-sight.tests";
import "./routes-policy.tests";
import "./scheduling/teams.tests";
import "./secrets.tests";
