/** What looks after a deployment, together: most of them load the catalogue of tools. */
import "./balanced-services.tests";
import "./cluster.tests";
import "./gpu.tests";
import "./machines.tests";
import "./restore.tests";
import "./rotate.tests";
import "./sleep.tests";
import "./stays.tests";
import "./ways.tests";
