// Puts the code of a sign-in link, which stands behind the #, into the form, and takes it out of the address.
"use strict";
const code = decodeURIComponent(location.hash.slice(1));
if (code) {
  document.getElementById("f-code").value = code;
  history.replaceState(null, "", location.pathname);
}
