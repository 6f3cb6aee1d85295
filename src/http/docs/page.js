/**
 * Lets one try the management API from its own description. Everything that comes from the broker is put into the page as
 * text, never as markup.
 */

const METHODS = ["get", "put", "patch", "post", "delete"];
/** Schemas within one another that an example goes into; some refer to themselves. */
const DEPTH_MAX = 8;

const token = document.getElementById("token");
const find = document.getElementById("find");
const main = document.getElementById("paths");

try {
  const response = await fetch("/openapi.json");
  show(await response.json());
} catch (error) {
  main.textContent = `Cannot read the description: ${error.message}`;
}

function show(description) {
  document.getElementById("version").textContent = description.info.version;
  const groups = Map.groupBy(operationsOf(description), ({ group }) => group);
  main.replaceChildren(...[...groups].map(([name, operations]) => section(name, operations)));
  find.addEventListener("input", () => filter(find.value.toLowerCase().split(/\s+/)));
}

/** One entry for each path and method. */
function operationsOf(description) {
  return Object.entries(description.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => ({
      path,
      method,
      group: groupOf(path),
      parameters: [...item.parameters ?? [], ...item[method].parameters ?? []].map((one) =>
        resolved(description, one)
      ),
      body: bodyOf(description, item[method].requestBody),
    }))
  );
}

function groupOf(path) {
  if (!path.startsWith("/v1/")) return "Azure's paths";
  return path.split("/")[2];
}

function bodyOf(description, requestBody) {
  const schema = requestBody?.content?.["application/json"]?.schema;
  return schema === undefined ? undefined : JSON.stringify(example(description, schema), null, 2);
}

function resolved(description, value) {
  if (typeof value?.$ref !== "string") return value;
  return value.$ref.split("/").slice(1).reduce((found, part) => found?.[part], description);
}

/** A value that a schema might take, to begin from. */
function example(description, reference, depth = 0) {
  const schema = resolved(description, reference);
  if (typeof schema !== "object" || schema === null || depth > DEPTH_MAX) return null;
  const [given] = [schema.default, schema.const, schema.examples?.[0], schema.enum?.[0]].filter((one) =>
    one !== undefined
  );
  if (given !== undefined) return given;
  const [choice] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
  if (choice !== undefined) return example(description, choice, depth + 1);
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map((
          [key, inner],
        ) => [key, example(description, inner, depth + 1)]),
      );
    case "array":
      return schema.items === undefined ? [] : [example(description, schema.items, depth + 1)];
    case "integer":
    case "number":
      return schema.minimum ?? 0;
    case "boolean":
      return false;
    default:
      return schema.type === "string" ? "" : null;
  }
}

function section(name, operations) {
  const collapsed = name === "Azure's paths";
  const list = operations.map(entry);
  if (!collapsed) return element("section", {}, element("h2", {}, name), ...list);
  const summary = element("summary", {}, `${name}: the same resources, as az and its samples ask for them`);
  return element("section", {}, element("h2", {}, name), element("details", {}, summary, ...list));
}

function entry(operation) {
  const { method, path } = operation;
  const details = element(
    "details",
    { className: "operation" },
    element(
      "summary",
      {},
      element("span", { className: `method ${method}` }, method.toUpperCase()),
      element("code", {}, path),
    ),
  );
  details.dataset.text = `${method} ${path}`.toLowerCase();
  // Most are never opened.
  details.addEventListener("toggle", () => details.append(form(operation)), { once: true });
  return details;
}

function form(operation) {
  const fields = operation.parameters.map((parameter) => ({
    parameter,
    input: element("input", { required: parameter.required === true, placeholder: parameter.in }),
  }));
  const body = operation.body === undefined ? undefined : element("textarea", { value: operation.body });
  const answer = element("pre", { hidden: true });
  const made = element(
    "form",
    {},
    ...fields.map(({ parameter, input }) => label(parameter, input)),
    ...body === undefined ? [] : [element("label", {}, "Body", body)],
    element("button", {}, "Send"),
    answer,
  );
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    answer.hidden = false;
    answer.textContent = "…";
    answer.textContent = await send(operation, fields, body?.value);
  });
  return made;
}

function label({ name, description }, input) {
  return element("label", {}, description === undefined ? name : `${name}: ${description}`, input);
}

/** The answer as text: its status, what matters of its headers, and its body. */
async function send({ method, path }, fields, body) {
  const said = fields.filter(({ input }) => input.value !== "");
  const valuesIn = (place) => said.filter(({ parameter }) => parameter.in === place);
  const address = valuesIn("path").reduce(
    (text, { parameter, input }) => text.replace(`{${parameter.name}}`, encodeURIComponent(input.value)),
    path,
  );
  const query = new URLSearchParams(
    valuesIn("query").map(({ parameter, input }) => [parameter.name, input.value]),
  );
  const headers = new Headers(
    valuesIn("header").map(({ parameter, input }) => [parameter.name, input.value]),
  );
  if (token.value !== "") headers.set("authorization", `Bearer ${token.value.trim()}`);
  if (body !== undefined) headers.set("content-type", "application/json");
  try {
    const target = query.size === 0 ? address : `${address}?${query}`;
    return await textOf(await fetch(target, { method: method.toUpperCase(), headers, body }));
  } catch (error) {
    return `Cannot send it: ${error.message}`;
  }
}

async function textOf(response) {
  const etag = response.headers.get("etag");
  const head = [`${response.status} ${response.statusText}`, ...etag === null ? [] : [`etag: ${etag}`]];
  const text = await response.text();
  if (!/json/.test(response.headers.get("content-type") ?? "")) return [...head, "", text].join("\n");
  return [...head, "", JSON.stringify(JSON.parse(text), null, 2)].join("\n");
}

function filter(words) {
  for (const details of document.querySelectorAll("details.operation")) {
    details.hidden = !words.every((word) => details.dataset.text.includes(word));
  }
  for (const group of document.querySelectorAll("main > section")) {
    group.hidden = group.querySelector("details.operation:not([hidden])") === null;
  }
}

/** Makes an element of text and other elements. */
function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
