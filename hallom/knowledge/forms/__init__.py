from hallom.knowledge.forms.article import ArticleForm

__all__ = ["ArticleForm"]
