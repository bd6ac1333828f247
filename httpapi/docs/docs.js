// Draws the reference. All that it needs comes from this server.
const sans = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';
const mono = 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace';

Redoc.init("v1/openapi.yaml", {
  disableSearch: true, // it would need a worker made from a blob
  nativeScrollbars: true,
  expandResponses: "200,201,202",
  jsonSampleExpandLevel: 3,
  theme: {
    colors: { primary: { main: "#0b57d0" } },
    typography: {
      fontFamily: sans, fontSize: "15px",
      headings: { fontFamily: sans, fontWeight: "600" },
      code: { fontFamily: mono, fontSize: "13px", wrap: true },
    },
  },
}, document.getElementById("reference"));
