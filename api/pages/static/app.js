// Leads to what went wrong, so that nobody has to look for it. Everything works without it.
"use strict";
(document.getElementById("problems") ?? document.querySelector("[data-invalid] input"))?.focus();
