from hallom.knowledge.models.article import Article, ArticleVersion, Audience, State
from hallom.knowledge.models.picture import Picture

__all__ = ["Article", "ArticleVersion", "Audience", "Picture", "State"]
