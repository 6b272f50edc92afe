// The one request of the offline lesson is answered from a table in the page.
window.fetch = async (address) => {
  const place = new URL(address, 'http://lesson/').searchParams.get('completeness');
  const html = JSON.parse(document.getElementById('dial-answers').textContent)[String(Number(place))];
  return new Response(JSON.stringify(html === undefined ? { error: `completeness=${place}: there are no scenes here` } : { html }));
};
