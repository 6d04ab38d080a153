const answer = await fetch(new URL("api/v1/config/auth", document.baseURI));
document.getElementById("said").textContent = `auth ${(await answer.json()).authEnabled}`;
