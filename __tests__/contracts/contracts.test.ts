/** The contracts, together: most of them load the catalogue of tools. */
import "./cidr.tests";
import "./environment.tests";
import "./existing.tests";
import "./load.tests";
import "./plan.tests";
import "./prices.tests";
import "./problems.tests";
import "./teams.tests";
