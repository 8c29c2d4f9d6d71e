/** Colours have a contrast of 4.5 and more on their background, borders of 3 and more (WCAG 2.2: 1.4.3, 1.4.11). Nothing moves. */
export const STYLE = `:root{color-scheme:light dark;
--text:#1c1e21;--soft:#565b63;--page:#fff;--line:#767b84;--main:#0b57d0;--on-main:#fff;--error:#b3151b}
@media (prefers-color-scheme:dark){:root{
--text:#e8eaed;--soft:#a9afb8;--page:#17191c;--line:#8b919b;--main:#a8c7fa;--on-main:#0a2a5e;--error:#ff9a91}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;padding:8vh 1rem 2rem;background:var(--page);color:var(--text);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:26rem;margin:0 auto}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 .75rem}
p{margin:0 0 1rem}
form{margin-top:1.5rem}
label{font-weight:600}
input:not([type=checkbox]){display:block;width:100%;min-height:2.75rem;margin-top:.375rem;padding:.5rem .75rem;
border:1px solid var(--line);border-radius:.375rem;background:var(--page);color:var(--text);font:inherit}
input[aria-invalid=true]{border:2px solid var(--error)}
button,.button{display:block;width:100%;min-height:2.75rem;padding:.5rem 1rem;border:1px solid var(--main);border-radius:.375rem;
background:var(--main);color:var(--on-main);font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}
button[aria-disabled=true]{cursor:progress}
:focus-visible{outline:3px solid var(--main);outline-offset:2px}
h1:focus{outline:none}
[role=status]{min-height:1.5rem;margin:.75rem 0 0;color:var(--soft)}
.app{color:var(--soft);font-weight:600;margin-bottom:1.5rem}
.field{margin-bottom:1.25rem}
.hint{color:var(--soft);font-size:.9375rem;margin:0}
.error{color:var(--error);font-weight:600;margin:.25rem 0 .75rem}
.check{display:flex;align-items:center;gap:.5rem;min-height:2.75rem;margin-top:-.75rem;margin-bottom:.75rem}
.check label{font-weight:400}
.check input{width:1.25rem;height:1.25rem;margin:0;accent-color:var(--main)}
.second{background:transparent;color:var(--main);margin-top:.75rem}`
