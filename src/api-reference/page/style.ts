/** The style of the page. */
export const STYLE = `:root {
  color-scheme: light dark;
  --text: light-dark(#1d2430, #dfe4ec);
  --quiet: light-dark(#5a6475, #98a2b3);
  --line: light-dark(#e3e7ee, #2a313d);
  --page: light-dark(#fff, #12161d);
  --panel: light-dark(#f6f8fa, #181d26);
  --link: light-dark(#1f5fbf, #7fb2ff);
  --get: light-dark(#1a6b45, #63d19a);
  --post: light-dark(#1f5fbf, #7fb2ff);
  --patch: light-dark(#86560b, #e2b45c);
  --delete: light-dark(#b3261e, #ff8f85);
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; font: 0.9375rem/1.6 system-ui, -apple-system, 'Segoe UI', sans-serif; color: var(--text); background: var(--page); overflow-wrap: anywhere; }
a { color: var(--link); text-decoration: none; }
a:hover, p a { text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 0.2em; }
nav a:not(:hover) { text-decoration: none; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
code, pre { font-family: var(--mono); font-size: 0.875em; }
p, ul, dl, pre, figure { margin: 0 0 0.75rem; }
p code, dd code, li code { background: var(--panel); padding: 0.1em 0.3em; border-radius: 4px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; padding: 0.5rem 1rem; background: var(--page); z-index: 1; }

nav { padding: 1rem 1.25rem; border-bottom: 1px solid var(--line); font-size: 0.875rem; }
nav .brand { margin: 0 0 0.5rem; font-weight: 600; font-size: 1rem; }
nav .brand a { color: var(--text); }
nav .brand span { color: var(--quiet); font-weight: 400; font-size: 0.8125rem; }
nav > details > summary { padding: 0.25rem 0; }
nav h2 { margin: 1.25rem 0 0.25rem; font-size: 0.75rem; text-transform: uppercase; letter-spacing: 0.06em; }
nav h2 a { color: var(--quiet); }
nav ul { list-style: none; margin: 0; padding: 0; }
nav li a { display: flex; gap: 0.5rem; align-items: baseline; padding: 0.2rem 0; color: var(--text); }
nav .method { flex: 0 0 2.9rem; padding: 0; border: 0; }

main { padding: 1.5rem 1.25rem 4rem; min-width: 0; }
h1 { margin: 0 0 0.75rem; font-size: 1.75rem; line-height: 1.25; letter-spacing: -0.01em; }
main h2 { margin: 3rem 0 0.5rem; font-size: 1.375rem; line-height: 1.3; letter-spacing: -0.01em; }
h3 { margin: 0 0 0.5rem; font-size: 1.0625rem; line-height: 1.4; }
h3 a { color: inherit; }
h4 { margin: 1.5rem 0 0.5rem; font-size: 0.8125rem; font-weight: 600; }
header, .group > p, .schema { max-width: 46rem; }
header h2 { font-size: 0.9375rem; margin: 1.5rem 0 0.5rem; }
.operation, .schema { padding: 2rem 0; border-top: 1px solid var(--line); }
.group > p + .operation, .group > h2 + .schema { border-top: 0; padding-top: 1rem; }
.text { min-width: 0; }
.route > code { font-size: 0.875rem; background: none; padding: 0; }
.method { display: inline-block; font: 600 0.6875rem/1.6 var(--mono); padding: 0 0.4rem; border: 1px solid; border-radius: 4px; }
.method.get { color: var(--get); }
.method.post { color: var(--post); }
.method.patch { color: var(--patch); }
.method.delete { color: var(--delete); }

.fields { border-top: 1px solid var(--line); }
.fields dt { padding: 0.6rem 0 0; }
.fields dt > code { font-weight: 600; background: none; padding: 0; }
.fields dd { margin: 0; padding: 0.1rem 0 0.6rem; border-bottom: 1px solid var(--line); }
.fields dd p { margin: 0; }
.fields .fields { margin: 0.5rem 0 0.25rem; padding-left: 0.75rem; border-top: 0; border-left: 2px solid var(--line); }
.fields .fields dd:last-child { border-bottom: 0; padding-bottom: 0; }
.type, .limits { color: var(--quiet); font-size: 0.8125rem; font-weight: 400; }
em { font-style: normal; font-size: 0.75rem; font-weight: 400; color: var(--quiet); }
em.required { color: var(--delete); }
summary { cursor: pointer; }
dd > details > summary { color: var(--link); font-size: 0.8125rem; width: fit-content; }
.responses, .options { list-style: none; padding: 0; }
.responses > li, .options > li { padding: 0.4rem 0; border-bottom: 1px solid var(--line); }
.options > li { padding: 0.75rem 0; }
.responses p, .options p { margin: 0.2rem 0; }
.responses .fields, .options .fields { margin-top: 0.4rem; padding-left: 0.75rem; border-top: 0; border-left: 2px solid var(--line); }
.responses .fields dd, .options .fields dd { border-bottom: 0; padding-bottom: 0; }
.status { font: 600 0.8125rem var(--mono); }
.status.success { color: var(--get); }
.status.error { color: var(--delete); }

.examples { min-width: 0; }
figure { border: 1px solid var(--line); border-radius: 8px; overflow: hidden; background: var(--panel); }
figcaption { padding: 0.4rem 0.9rem; font-size: 0.8125rem; color: var(--quiet); border-bottom: 1px solid var(--line); }
pre { margin: 0; padding: 0.75rem 0.9rem; overflow: auto; max-height: 26rem; font-size: 0.8125rem; line-height: 1.5; white-space: pre-wrap; }
pre code { font-size: inherit; }
pre.response { border-top: 1px solid var(--line); }

@media (min-width: 64rem) {
  body { display: grid; grid-template-columns: 17.5rem minmax(0, 1fr); }
  nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; border-bottom: 0; border-right: 1px solid var(--line); }
  @supports selector(::details-content) {
    nav > details > summary { display: none; }
    nav > details::details-content { content-visibility: visible; block-size: auto; }
  }
  main { padding: 2.5rem 3rem 6rem; max-width: 96rem; }
}
@media (min-width: 84rem) {
  .operation { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 30rem); gap: 3rem; }
  .examples { position: sticky; top: 1rem; align-self: start; max-height: calc(100vh - 2rem); overflow-y: auto; }
}
@media print {
  nav { display: none; }
}
`;
