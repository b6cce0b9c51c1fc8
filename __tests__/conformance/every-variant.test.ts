/** What holds for every platform, together: each platform is made once for all that look at it. */
import "./chart-values.tests";
import "./custom-resources.tests";
import "./every-platform.tests";
import "./reachability.tests";
import "./rendered.tests";
import "./rendered-edge.tests";
import "./rendered-pods.tests";
import "./rendered-rights.tests";
