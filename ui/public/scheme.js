// Sets the colour scheme before the first paint, so that a page that is dark does not begin white.
(function () {
  var scheme;
  try {
    scheme = localStorage.getItem('waybill-colour-scheme');
  } catch {
    // Storage is not allowed here: the system decides.
  }
  if (scheme !== 'light' && scheme !== 'dark') {
    scheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  }
  document.documentElement.setAttribute('data-mantine-color-scheme', scheme);
})();
