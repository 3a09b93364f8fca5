// Swagger UI's page says neither how wide it is on a telephone nor, by its title, what it is about when it has loaded.
const viewport = document.createElement('meta');
viewport.name = 'viewport';
viewport.content = 'width=device-width, initial-scale=1';
document.head.append(viewport);
