// A file chooser or a text area, and below it what the model says. All that is shown as HTML was escaped in Python.
const PART = 1_000_000; // bytes: Jupyter closes the connection on a message of more than ten times that

const forFiles = ({ what, kinds, accept }) => `
  <label class="tlteach-drop">
    <span>Choose a ${what}, or drop one here<br><small>${kinds}</small></span>
    <input type="file" accept="${accept}">
  </label>`;

const forTexts = ({ most }) => `
  <form class="tlteach-text">
    <label>Your text<textarea rows="3" maxlength="${most}"></textarea></label>
    <button>Ask the model</button>
  </form>`;

function render({ model, el }) {
  const asks = model.get("asks");
  el.innerHTML = `${asks.hiding}${asks.accept ? forFiles(asks) : forTexts(asks)}<div role="status"></div>`;
  const says = el.querySelector("[role=status]");
  const input = el.querySelector("input, textarea");
  let turn = 0; // a file that is chosen while another is still being sent takes its place

  async function send(file) {
    const mine = ++turn;
    const { name, size } = file;
    const end = size > asks.most ? 1 : Math.max(1, size); // of what is too large, and of what is empty, one message
    for (let at = 0; at < end; at += PART) {
      const part = size > asks.most ? new ArrayBuffer(0) : await file.slice(at, at + PART).arrayBuffer();
      if (mine !== turn) return;
      model.send({ name, size, at }, undefined, [part]);
    }
  }

  function ask(asking) {
    says.textContent = "Asking the model …";
    asking.catch(() => { says.textContent = "The browser cannot read this. Is it a folder?"; });
  }

  if (asks.accept) {
    input.dataset.lmSuppressShortcuts = "true"; // Enter opens the chooser, and is no shortcut of JupyterLab here
    const lit = (on) => () => input.parentElement.classList.toggle("tlteach-over", on);
    input.addEventListener("change", () => {
      if (input.files.length) ask(send(input.files[0]));
      input.value = ""; // so that the same file can be chosen again
    });
    input.addEventListener("dragenter", lit(true));
    for (const over of ["dragleave", "drop"]) input.addEventListener(over, lit(false));
  } else {
    el.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      ask(Promise.resolve(model.send({ text: input.value })));
    });
  }
  const show = ({ answer }) => { says.innerHTML = answer; };
  model.on("msg:custom", show);
  return () => model.off("msg:custom", show);
}

export default { render };
