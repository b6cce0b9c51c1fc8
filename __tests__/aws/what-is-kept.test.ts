/** What looks at data, rights and money, together: loading the provider's bindings takes longer than most of the tests. */
import "./bill.tests";
import "./cluster.tests";
import "./data.tests";
import "./data-homes.tests";
import "./domain.tests";
import "./identity.tests";
import "./images.tests";
import "./state.tests";
