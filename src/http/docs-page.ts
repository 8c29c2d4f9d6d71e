// The page of Swagger UI, which its package makes without a viewport and without a dark mode.

/**
 * @param base the address of the page, relative to itself, such as `docs` or `./`
 * @returns HTML
 */
export function docsPage (base: string): string {
  const files = `${base.replace(/\/$/, '')}/static`
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gatepass</title>
<link rel="icon" type="image/png" href="${files}/favicon-32x32.png" sizes="32x32">
<link rel="stylesheet" href="${files}/swagger-ui.css">
<link rel="stylesheet" href="${files}/theme/docs.css">
<script src="${files}/theme/docs.js"></script>
</head>
<body>
<div id="swagger-ui"></div>
<script src="${files}/swagger-ui-bundle.js" charset="UTF-8"></script>
<script src="${files}/swagger-ui-standalone-preset.js" charset="UTF-8"></script>
<script src="${files}/swagger-initializer.js" charset="UTF-8"></script>
</body>
</html>
`
}

/** Swagger UI has the colours; the top bar, which we leave out, would switch to them. */
export const DOCS_SCRIPT = `const dark = matchMedia('(prefers-color-scheme: dark)')
function applyColours () {
  document.documentElement.classList.toggle('dark-mode', dark.matches)
}
dark.addEventListener('change', applyColours)
applyColours()
`

/** Small screens: what is wide scrolls by itself, and the page does not. */
export const DOCS_STYLE = `html { box-sizing: border-box; overflow-y: scroll; }
*, *::before, *::after { box-sizing: inherit; }
body { margin: 0; background: #fafafa; }
html.dark-mode body { background: #1c2022; }
@media (max-width: 640px) {
  .swagger-ui .wrapper { padding: 0 8px; }
  .swagger-ui .info { margin: 24px 0; }
  .swagger-ui .info .title { font-size: 24px; overflow-wrap: anywhere; }
  .swagger-ui .scheme-container { padding: 16px 0; }
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap; }
  .swagger-ui .opblock .opblock-summary-method { min-width: 64px; padding: 6px 4px; font-size: 12px; }
  .swagger-ui .opblock .opblock-summary-path { max-width: 100%; font-size: 14px; overflow-wrap: anywhere; }
  .swagger-ui .opblock .opblock-summary-description { flex-basis: 100%; padding: 4px 8px; text-align: left; }
  .swagger-ui .opblock .opblock-section-header { flex-wrap: wrap; }
  .swagger-ui .table-container, .swagger-ui .responses-inner, .swagger-ui .model-box, .swagger-ui .markdown { overflow-x: auto; }
  .swagger-ui .markdown code, .swagger-ui .renderedMarkdown code { overflow-wrap: anywhere; white-space: normal; }
  .swagger-ui textarea, .swagger-ui input[type=text], .swagger-ui select { max-width: 100%; min-width: 0; width: 100%; }
}
`
