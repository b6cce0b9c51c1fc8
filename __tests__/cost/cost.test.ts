/** What a month costs, together: every tool of the catalogue is loaded for it. */
import "./bill.tests";
import "./command.tests";
import "./foundation.tests";
import "./parts.tests";
import "./property.tests";
import "./readme.tests";
import "./refresh.tests";
import "./stack.tests";
