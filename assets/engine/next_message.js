/**
 * Let the messages in that wait for a worker which has been at work.
 * @returns {Promise<void>}
 */
export async function nextMessage() {
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(null);
  });
  port1.close();
}
