/** Bytes in, lines out, without their line feeds. */
export class TextLineStream implements ReadableWritablePair<string, BufferSource> {
  readonly readable: ReadableStream<string>;
  readonly writable: WritableStream<BufferSource>;

  constructor() {
    const decoder = new TextDecoderStream();
    this.writable = decoder.writable;
    this.readable = decoder.readable.pipeThrough(splitter());
  }
}

function splitter(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform(text, controller) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) controller.enqueue(line);
    },
    flush(controller) {
      if (rest !== "") controller.enqueue(rest);
    },
  });
}
