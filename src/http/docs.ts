import { Hono } from "hono";
import style from "./docs/page.css" with { type: "text" };
import markup from "./docs/page.html" with { type: "text" };
import script from "./docs/page.js" with { type: "text" };
import type { HttpEnvironment } from "./environment.ts";

/**
 * The page takes nothing from elsewhere, sends nothing elsewhere, runs no script but its own, and stands in nobody's
 * frame: whoever has it open may have put an operator token into it.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  // A new version of the broker has a new page.
  "cache-control": "no-cache",
};

/** `/docs`: a page to try the management API with, made of nothing but these three files and `/openapi.json`. */
export function docsRoutes(): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>();
  const files = {
    "/docs": ["html", markup],
    "/docs/page.css": ["css", style],
    "/docs/page.js": ["javascript", script],
  };
  for (const [path, [type, content = ""]] of Object.entries(files)) {
    const headers = { ...HEADERS, "content-type": `text/${type}; charset=utf-8` };
    app.get(path, (context) => context.body(content, 200, headers));
  }
  return app;
}
