import assert from "node:assert/strict";
import { test } from "node:test";
import { Works } from "../../../../src/sertantai/web/browser/live/work.js";

function begun() {
  const works = new Works();
  const heard = [];
  works.addEventListener("work", ({ detail }) => heard.push(detail && `${detail.id} ${detail.state}`));
  return { works, heard };
}
const ids = (works, kind) => works.of(kind).map(({ id }) => id);

test("what is under way is known by its kind until it ends", () => {
  const { works, heard } = begun();
  works.heard("user:u", { id: "a", kind: "export", state: "waiting", ahead: 2 });
  works.heard("organization:o", { id: "b", kind: "smart_list", state: "running" });
  assert.deepEqual([ids(works, "export"), ids(works, "smart_list"), ids(works, "import")], [["a"], ["b"], []]);
  works.heard("user:u", { id: "a", kind: "export", state: "done" });
  assert.deepEqual(ids(works, "export"), []);
  assert.deepEqual(heard, ["a waiting", "b running", "a done"]);
});

test("who comes back knows that something ended unheard, and of the rest how it stands", () => {
  const { works, heard } = begun();
  works.heard("user:u", { id: "a", kind: "export", state: "running" });
  works.heard("organization:o", { id: "b", kind: "smart_list", state: "waiting" });
  works.are("user:u", [{ id: "c", kind: "import", state: "running" }]);
  assert.deepEqual([ids(works, "export"), ids(works, "import"), ids(works, "smart_list")], [[], ["c"], ["b"]]);
  assert.deepEqual(heard.slice(2), ["c running", null]);
  works.forget();
  works.forget();
  assert.deepEqual([ids(works, "import"), heard.length], [[], 5]);
});
