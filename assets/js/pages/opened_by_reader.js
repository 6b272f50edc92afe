// Listener of a tab: its last input is the tab that a reader opened, or nothing if the address opened it.
// Until the address is read, the page holds the values that it was built with, and the load event brings the right ones.
({ tab }) => (...values) => [...values.slice(0, -1), window.explorerHasArrived ? tab : ""]
